import type {
  AgentCommand,
  RecordExtractionCommand,
  StartProcessCommand,
  StateCommand,
} from '../../src/domain/agents/commands.js';
import type { ExtractionFields } from '../../src/domain/agents/types.js';
import type { StateAnswer } from './agent-answers.js';

export const [STARTED, COMPLETED, FAILED] = [0, 3, 4] as const;
const isEnd = (state: number): boolean => state === COMPLETED || state === FAILED;

export interface ModelProcess {
  readonly uuid: string;
  readonly agent: string;
  startedAtMs: number;
  environment: string | null;
  extractionConfigVersion: string | null;
  /** But for the start, which follows from the session. */
  readonly changes: StateAnswer[];
  linesCount: number;
  feedbackCount: number;
  /** By instant and number. */
  readonly extractions: Map<string, ExtractionFields>;
  /** What was new when it came, whether it is still there or not. */
  readonly counted: ExtractionFields[];
  /** Retention took extraction events before this instant. */
  prunedBeforeMs: number | null;
}

export interface ModelBlock {
  language: string | null;
  isParseable: boolean | null;
  firstSeenMs: number;
}

interface Letter {
  readonly command: AgentCommand;
  readonly code: 'SESSION_UNKNOWN' | 'ILLEGAL_TRANSITION';
}

/** How a flush ended. */
export interface AgentOutcome {
  /** Of each request. */
  readonly refused: readonly number[];
  /** Events that were new, by risk. */
  readonly byRisk: Readonly<Record<number, number>>;
}

/** The database as plain maps, in the order in which things were first seen. */
export class AgentState {
  readonly processes = new Map<string, ModelProcess>();
  /** By content. */
  readonly blocks = new Map<string, ModelBlock>();
  /** Every one that ever matched, also where retention left nothing of it to count. */
  readonly patterns = new Set<string>();
  /** In the order in which they were refused. */
  letters: Letter[] = [];

  /** One flush, and what it brings to life. */
  apply(requests: readonly (readonly AgentCommand[])[]): AgentOutcome {
    const outcome = this.#commit(requests);
    const started = requests.flat().filter(({ kind }) => kind === 'startProcess');
    const isWaiting = ({ code, command }: Letter): boolean =>
      code === 'SESSION_UNKNOWN' && started.some(({ processUuid }) => processUuid === command.processUuid);
    const byRisk = { ...outcome.byRisk };
    for (const [risk, count] of Object.entries(this.#reapply(isWaiting).byRisk))
      byRisk[Number(risk)] = (byRisk[Number(risk)] ?? 0) + count;
    return { refused: outcome.refused, byRisk };
  }

  /** Applies all dead letters again; what is refused again is one again. */
  requeue(): { applied: number; refused: number; byRisk: AgentOutcome['byRisk'] } {
    return this.#reapply(() => true);
  }

  /** Extraction events go, and code that none of those names that are left. Nothing else does. */
  prune(beforeMs: number): void {
    for (const process of this.processes.values()) {
      const old = [...process.extractions].filter(([, { tsMs }]) => tsMs < beforeMs);
      for (const [key] of old) process.extractions.delete(key);
      if (old.length > 0) process.prunedBeforeMs = Math.max(process.prunedBeforeMs ?? 0, beforeMs);
    }
    const named = new Set(
      [...this.processes.values()].flatMap(({ extractions }) =>
        [...extractions.values()].map(({ codeBlock }) => codeBlock?.content),
      ),
    );
    for (const [content, { firstSeenMs }] of this.blocks)
      if (firstSeenMs < beforeMs && !named.has(content)) this.blocks.delete(content);
  }

  #reapply(isMeant: (letter: Letter) => boolean) {
    const meant = this.letters.filter(isMeant);
    this.letters = this.letters.filter((letter) => !isMeant(letter));
    const { refused, byRisk } = this.#commit([meant.map(({ command }) => command)]);
    const [again = 0] = refused;
    return { applied: meant.length - again, refused: again, byRisk };
  }

  #commit(requests: readonly (readonly AgentCommand[])[]): AgentOutcome {
    for (const command of requests.flat()) if (command.kind === 'startProcess') this.#start(command);
    const refused = requests.map((request) => {
      const unknown = request.filter(({ processUuid }) => !this.processes.has(processUuid));
      for (const command of unknown) this.#bury({ command, code: 'SESSION_UNKNOWN' });
      return unknown.length;
    });
    const known = requests.map((request) =>
      request.filter(({ processUuid }) => this.processes.has(processUuid)),
    );
    const byRisk: Record<number, number> = {};
    for (const command of known.flat()) {
      if (command.kind !== 'recordExtraction' || !this.#extraction(command)) continue;
      const { riskLevel } = command.extraction;
      byRisk[riskLevel] = (byRisk[riskLevel] ?? 0) + 1;
    }
    const states = known.flatMap((commands, request) =>
      commands.flatMap((command) =>
        command.kind === 'recordProcessState' || command.kind === 'endProcess' ? [{ command, request }] : [],
      ),
    );
    // What arrives together is judged in the order in which it happened.
    const order = ({ command }: (typeof states)[number]) =>
      [command.change.atMs, command.change.state] as const;
    for (const one of states.toSorted((a, b) => order(a)[0] - order(b)[0] || order(a)[1] - order(b)[1])) {
      if (this.#change(one.command)) continue;
      refused[one.request] = (refused[one.request] ?? 0) + 1;
      this.#bury({ command: one.command, code: 'ILLEGAL_TRANSITION' });
    }
    return { refused, byRisk };
  }

  #start(command: StartProcessCommand): void {
    const { processUuid, agent, startedAtMs, environment, extractionConfigVersion } = command;
    const known = this.processes.get(processUuid);
    if (known !== undefined) {
      known.startedAtMs = Math.min(known.startedAtMs, startedAtMs);
      known.environment ??= environment;
      known.extractionConfigVersion ??= extractionConfigVersion;
      return;
    }
    this.processes.set(processUuid, {
      ...{ uuid: processUuid, agent, startedAtMs, environment, extractionConfigVersion },
      ...{ changes: [], linesCount: 0, feedbackCount: 0, counted: [], prunedBeforeMs: null },
      extractions: new Map(),
    });
  }

  /** Whether it was not there. */
  #extraction({ processUuid, extraction }: RecordExtractionCommand): boolean {
    const process = this.processes.get(processUuid)!;
    const { tsMs, clientSeq, codeBlock, pattern } = extraction;
    this.patterns.add(pattern);
    if (codeBlock !== null) {
      const block = this.blocks.get(codeBlock.content);
      this.blocks.set(codeBlock.content, {
        language: block?.language ?? codeBlock.language,
        isParseable: block?.isParseable ?? codeBlock.isParseable,
        firstSeenMs: Math.min(block?.firstSeenMs ?? tsMs, tsMs),
      });
    }
    const key = `${tsMs} ${clientSeq}`;
    if (process.extractions.has(key)) return false;
    process.extractions.set(key, extraction);
    // Of what lies where retention was, nobody knows whether it was counted before.
    if (tsMs >= (process.prunedBeforeMs ?? 0)) process.counted.push(extraction);
    return true;
  }

  /** Whether it is stored, now or before. Counters are taken either way. */
  #change({ kind, processUuid, change, linesCount, feedbackCount }: StateCommand): boolean {
    const process = this.processes.get(processUuid)!;
    process.linesCount = Math.max(process.linesCount, linesCount);
    process.feedbackCount = Math.max(process.feedbackCount, feedbackCount);
    const { changes } = process;
    if (changes.some(({ atMs, state }) => atMs === change.atMs && state === change.state)) return true;
    const isBlocked = changes.some(({ atMs, state }) =>
      kind === 'endProcess' ? isEnd(state) || atMs > change.atMs : isEnd(state) && atMs < change.atMs,
    );
    if (!isBlocked) changes.push(change);
    return !isBlocked;
  }

  #bury(letter: Letter): void {
    const text = JSON.stringify(letter);
    if (!this.letters.some((known) => JSON.stringify(known) === text)) this.letters.push(letter);
  }
}

/** The end of a run, if it has one. */
export const endOf = ({ changes }: ModelProcess): StateAnswer | null =>
  changes.find(({ state }) => isEnd(state)) ?? null;

export const lastStateOf = ({ changes }: ModelProcess): number =>
  changes.toSorted((a, b) => b.atMs - a.atMs || b.state - a.state)[0]?.state ?? STARTED;
