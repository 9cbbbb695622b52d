import { endProcess, recordExtractions, startProcess } from './ingest.ts';

/** Requests of one process session, each with so many extractions. */
const REQUESTS = 20;
const EXTRACTIONS = 10;
const TYPES = ['error', 'prompt', 'command', 'result'];
const RISKS = ['NONE', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'];

/** Of this client. */
let sessionUuid: string | null = null;
let requestsCount = 0;

/** A wrapper around a command: one request at a time, a start, batches of extractions, an end, run after run. */
export function reportProcess(): void {
  if (sessionUuid === null) {
    sessionUuid = crypto.randomUUID();
    requestsCount = 0;
    startProcess(sessionUuid);
  } else if (requestsCount < REQUESTS) {
    requestsCount += 1;
    recordExtractions(sessionUuid, extractionsOf(requestsCount));
  } else {
    endProcess(sessionUuid, REQUESTS * EXTRACTIONS);
    sessionUuid = null;
  }
}

const extractionsOf = (request: number): object[] =>
  Array.from({ length: EXTRACTIONS }, (_, index) => {
    const n = request * EXTRACTIONS + index;
    return {
      tsMs: Date.now(),
      clientSeq: n,
      type: TYPES[n % TYPES.length],
      pattern: `pattern_${n % 12}`,
      riskLevel: RISKS[n % RISKS.length],
      lineNumber: n,
      matchedValue: `value ${n % 97}`,
      originalLine: `line ${n} says value ${n % 97}`,
    };
  });
