import { badInput } from '../errors.js';
import { hash53 } from '../hash.js';
import { MAX_COUNTER, MAX_ITEMS_PER_REQUEST, TRUNCATED_JSON } from '../immersion/ingest.js';
import {
  count,
  MAX_TEXT_CHARS,
  MAX_WORD_CHARS,
  notACount,
  Refusal,
  required,
  text,
  toJson,
} from '../immersion/ingest-fields.js';
import type { IngestLimits, Rejection } from '../immersion/ingest-items.js';
import type { Optional } from '../optional.js';
import type { AgentCommand } from './commands.js';
import { ProcessState, RiskLevel } from './enums.js';
import type {
  CodeBlockItem,
  EndProcessItem,
  ExtractionItem,
  ProcessStateItem,
  StartProcessItem,
} from './ingest-items.js';
import type { CodeBlockFields } from './types.js';

/** UTF-8 bytes of the metadata of an extraction event or a state change; over it it is replaced by {"truncated":true}. */
export const MAX_METADATA_BYTES = 4_096;
/** UTF-16 units of the content of a code block: some thousand lines. A full queue of them is 64 MB. */
const MAX_CODE_CHARS = 32_768;
/** Exit codes of every system fit. */
const MAX_EXIT_CODE = 2 ** 32 - 1;

const STORAGE_CODES: Readonly<Record<string, Pick<Rejection, 'code' | 'message'>>> = {
  SESSION_UNKNOWN: { code: 'SESSION_UNKNOWN', message: 'No process session with this UUID was started' },
  ILLEGAL_TRANSITION: {
    code: 'ILLEGAL_TRANSITION',
    message: 'The state does not fit the changes of this session that are known',
  },
};

/** Turns the items of one request into commands. What is wrong with one item is a rejection, never an exception. */
export class AgentIngestRequest {
  readonly commands: AgentCommand[] = [];
  readonly rejected: Rejection[] = [];
  truncatedCount = 0;
  /** Of each command, the place and path of its item. */
  readonly #origins: { index: number; path: string }[] = [];

  constructor(private readonly limits: IngestLimits) {}

  start(item: StartProcessItem, path: string): void {
    this.#add(0, path, () => ({
      kind: 'startProcess',
      processUuid: item.sessionUuid,
      agent: word(item.agent, 'agent'),
      startedAtMs: this.#instant(item.startedAtMs, 'startedAtMs'),
      environment: text(wellFormed(item.environment), 'environment', MAX_TEXT_CHARS),
      stdoutLogPath: text(wellFormed(item.stdoutLogPath), 'stdoutLogPath', MAX_TEXT_CHARS),
      stderrLogPath: text(wellFormed(item.stderrLogPath), 'stderrLogPath', MAX_TEXT_CHARS),
      extractionConfigVersion: text(
        wellFormed(item.extractionConfigVersion),
        'extractionConfigVersion',
        MAX_WORD_CHARS,
      ),
      environmentConfigVersion: text(
        wellFormed(item.environmentConfigVersion),
        'environmentConfigVersion',
        MAX_WORD_CHARS,
      ),
      receivedAtMs: this.limits.nowMs,
    }));
  }

  state(item: ProcessStateItem, path: string): void {
    this.#add(0, path, () => {
      if (!Object.values(ProcessState).includes(item.state)) {
        throw new Refusal('INVALID_VALUE', 'state must be a known one');
      }
      if (item.state === ProcessState.STARTED) {
        throw new Refusal('ILLEGAL_TRANSITION', 'STARTED comes from startProcess only');
      }
      return {
        kind: 'recordProcessState',
        processUuid: item.sessionUuid,
        change: {
          atMs: this.#instant(item.atMs, 'atMs'),
          state: item.state,
          exitCode: exitCode(item.exitCode),
          metadataJson: this.#metadata(item.metadata),
        },
        linesCount: bounded(item.linesCount, 'linesCount'),
        feedbackCount: bounded(item.feedbackCount, 'feedbackCount'),
        receivedAtMs: this.limits.nowMs,
      };
    });
  }

  extractions(sessionUuid: string, items: readonly ExtractionItem[], path: string): void {
    if (items.length > MAX_ITEMS_PER_REQUEST) {
      throw badInput(`A request has at most ${MAX_ITEMS_PER_REQUEST} items`);
    }
    items.forEach((item, place) =>
      this.#add(place, `${path}[${place}]`, () => this.#extraction(sessionUuid, item)),
    );
  }

  end(item: EndProcessItem, path: string): void {
    this.#add(0, path, () => {
      const code = exitCode(item.exitCode);
      return {
        kind: 'endProcess',
        processUuid: item.sessionUuid,
        change: {
          atMs: this.#instant(item.endedAtMs, 'endedAtMs'),
          state: (code ?? 0) === 0 ? ProcessState.COMPLETED : ProcessState.FAILED,
          exitCode: code,
          metadataJson: this.#metadata(item.metadata),
        },
        linesCount: bounded(item.linesCount, 'linesCount'),
        feedbackCount: bounded(item.feedbackCount, 'feedbackCount'),
        receivedAtMs: this.limits.nowMs,
      };
    });
  }

  /** A refusal by storage, told in terms of the request. */
  refuse(commandIndex: number, storageCode: string): void {
    const origin = this.#origins[commandIndex];
    if (origin === undefined) return;
    const told = STORAGE_CODES[storageCode] ?? {
      code: 'REFUSED_BY_STORAGE',
      message: 'Storage refused this item; it is a dead letter',
    };
    this.rejected.push({ ...origin, ...told });
  }

  #extraction(sessionUuid: string, item: ExtractionItem): AgentCommand {
    const riskLevel = item.riskLevel ?? RiskLevel.NONE;
    if (!Object.values(RiskLevel).includes(riskLevel)) {
      throw new Refusal('INVALID_VALUE', 'riskLevel must be a known one');
    }
    const content = {
      type: word(item.type, 'type'),
      pattern: word(item.pattern, 'pattern'),
      riskLevel,
      isAutoConfirmable: item.isAutoConfirmable ?? false,
      lineNumber: count(item.lineNumber, 'lineNumber'),
      lineEnd: lineEnd(item),
      matchedValue: text(wellFormed(item.matchedValue), 'matchedValue', MAX_TEXT_CHARS),
      originalLine: text(wellFormed(item.originalLine), 'originalLine', MAX_TEXT_CHARS),
      codeBlock: item.codeBlock == null ? null : codeBlock(item.codeBlock),
    };
    const tsMs = this.#instant(item.tsMs, 'tsMs');
    // The content as it was sent: two that are both over the cap are still two events.
    const sent = JSON.stringify({ ...content, metadata: toJson(item.metadata) });
    return {
      kind: 'recordExtraction',
      processUuid: sessionUuid,
      extraction: {
        tsMs,
        clientSeq: count(item.clientSeq, 'clientSeq') ?? hash53(sent),
        ...content,
        metadataJson: this.#metadata(item.metadata),
      },
    };
  }

  #add(index: number, path: string, build: () => AgentCommand): void {
    try {
      this.commands.push(build());
      this.#origins.push({ index, path });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.rejected.push({ index, path, code: error.code, message: error.message });
    }
  }

  #instant(value: Optional<number>, name: string): number {
    if (value === null || value === undefined) return this.limits.nowMs;
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new Refusal('INVALID_VALUE', `${name} must be epoch milliseconds`);
    }
    if (value > this.limits.nowMs + this.limits.maxFutureSkewMs) {
      throw new Refusal('IN_THE_FUTURE', `${name} lies in the future: check the client's clock`);
    }
    return value;
  }

  #metadata(value: unknown): string | null {
    const json = wellFormed(toJson(value));
    if (json === null || json === undefined) return null;
    if (new TextEncoder().encode(json).length <= MAX_METADATA_BYTES) return json;
    this.truncatedCount += 1;
    return TRUNCATED_JSON;
  }
}

function bounded(value: Optional<number>, name: string): number {
  const found = count(value, name) ?? 0;
  if (found > MAX_COUNTER) throw new Refusal('INVALID_VALUE', `${name} is at most ${MAX_COUNTER}`);
  return found;
}

function lineEnd({ lineNumber, lineEnd: value }: ExtractionItem): number | null {
  const found = count(value, 'lineEnd');
  if (found !== null && found < (count(lineNumber, 'lineNumber') ?? 0)) {
    throw new Refusal('INVALID_VALUE', 'lineEnd must not be before lineNumber');
  }
  return found;
}

function codeBlock({ content, language, isParseable }: CodeBlockItem): CodeBlockFields {
  const found = text(wellFormed(content), 'codeBlock.content', MAX_CODE_CHARS);
  if (found === null) throw new Refusal('INVALID_VALUE', 'codeBlock.content must not be empty');
  return {
    language: language == null || language === '' ? null : word(language, 'codeBlock.language'),
    content: found,
    isParseable: isParseable ?? null,
  };
}

function exitCode(value: Optional<number>): number | null {
  if (value === null || value === undefined) return null;
  if (!Number.isSafeInteger(value) || Math.abs(value) > MAX_EXIT_CODE) throw notACount('exitCode');
  return value;
}

function word(value: string, name: string): string {
  const found = required(wellFormed(value) ?? '', name);
  if (found.length > MAX_WORD_CHARS) {
    throw new Refusal('TOO_LONG', `${name} has at most ${MAX_WORD_CHARS} characters`);
  }
  return found;
}

/** Output of programs holds anything; NUL and halves of characters are no text in PostgreSQL. */
const wellFormed = (value: Optional<string>): Optional<string> =>
  value?.replaceAll(/\0|\p{Surrogate}/gu, '\ufffd');
