import type { RecordExtractionCommand, StateCommand } from '../../domain/agents/commands.js';
import { ILLEGAL_TRANSITION, SESSION_UNKNOWN } from '../../domain/dead-letter.js';
import { isAgentCommand, type RefusedCommand, type WriteCommand } from '../../domain/write-command.js';
import type { SqlValue, Statement } from '../backend.js';
import { deadLetterStatement } from './dead-letters.js';
import type { ExtractionStatements } from './extractions.js';
import { startProcessStatements, stateStatements, STORED_CHANGE } from './processes.js';
import { DictionaryWords } from './videos.js';

/** Where the statements go, and what the number of rows that each changes says about a request. */
export interface FlushTarget {
  /** Rows that are not changed are duplicates of the group; without a group the statement stands for nothing. */
  add(statement: Statement, group?: number, count?: number): void;
  /** Rows of extraction events of one risk. */
  addExtractions(statement: Statement, group: number, count: number, riskLevel: number): void;
  /** A statement that changes a row exactly when the command before it was refused. */
  addProbe(statement: Statement, group: number, refused: RefusedCommand): void;
  addDuplicates(group: number, count: number): void;
  refuse(group: number, refused: RefusedCommand): void;
}

export interface Placed<Command extends WriteCommand> {
  readonly command: Command;
  readonly group: number;
  readonly index: number;
}

const UNKNOWN = 'No process session with this UUID was started';
const ILLEGAL = 'The state does not fit the changes of this session that are known';

/** The process sessions that a flush names, and those it starts. */
export function processesOf(groups: readonly (readonly WriteCommand[])[]): {
  readonly all: ReadonlySet<string>;
  readonly starting: ReadonlySet<string>;
} {
  const all = new Set<string>();
  const starting = new Set<string>();
  for (const command of groups.flat()) {
    if (!isAgentCommand(command)) continue;
    all.add(command.processUuid);
    if (command.kind === 'startProcess') starting.add(command.processUuid);
  }
  return { all, starting };
}

/** The agents' part of a flush: words, starts, counts, extraction events, state changes. `known` has the starting ones. */
export function addProcesses(
  groups: readonly (readonly WriteCommand[])[],
  known: ReadonlySet<string>,
  extractionTexts: ExtractionStatements,
  nowMs: number,
  target: FlushTarget,
): void {
  const extractions = new Map<string, Placed<RecordExtractionCommand>>();
  const states: Placed<StateCommand>[] = [];
  const words = new DictionaryWords();
  const starts: (() => void)[] = [];
  groups.forEach((commands, group) =>
    commands.forEach((command, index) => {
      if (!isAgentCommand(command)) return;
      if (!known.has(command.processUuid)) {
        target.refuse(group, { index, code: SESSION_UNKNOWN, message: UNKNOWN });
        target.add(deadLetterStatement(command, SESSION_UNKNOWN, UNKNOWN, nowMs));
        return;
      }
      switch (command.kind) {
        case 'startProcess':
          words.add('agt_agents', command.agent);
          starts.push(() => {
            const [session, ...rest] = startProcessStatements(command);
            target.add(session, group);
            for (const statement of rest) target.add(statement);
          });
          return;
        case 'recordExtraction': {
          const { type, pattern, tsMs, clientSeq } = command.extraction;
          const key = `${command.processUuid} ${tsMs} ${clientSeq}`;
          if (extractions.has(key)) return target.addDuplicates(group, 1);
          words.add('agt_extraction_types', type);
          words.add('agt_patterns', pattern);
          words.add('agt_code_languages', command.extraction.codeBlock?.language ?? null);
          extractions.set(key, { command, group, index });
          return;
        }
        case 'recordProcessState':
        case 'endProcess':
          states.push({ command, group, index });
          return;
        default:
          return command satisfies never;
      }
    }),
  );
  for (const statement of words.statements()) target.add(statement);
  for (const start of starts) start();
  addExtractions([...extractions.values()], extractionTexts, target);
  // By time: what arrives together is judged in its order.
  for (const state of states.toSorted(byTime)) addState(state, nowMs, target);
}

function addExtractions(
  placed: readonly Placed<RecordExtractionCommand>[],
  texts: ExtractionStatements,
  target: FlushTarget,
): void {
  if (placed.length === 0) return;
  const all = placed.map(({ command }) => command);
  for (const statement of texts.before(all)) target.add(statement);
  for (const group of new Set(placed.map((one) => one.group))) {
    const own = placed.filter((one) => one.group === group).map(({ command }) => command);
    // One statement for each risk, so that the number of rows it changes is the number of new events of that risk.
    for (const riskLevel of new Set(own.map(({ extraction }) => extraction.riskLevel))) {
      const ofRisk = own.filter(({ extraction }) => extraction.riskLevel === riskLevel);
      for (const { statement, count } of texts.rows(ofRisk))
        target.addExtractions(statement, group, count, riskLevel);
    }
  }
  for (const statement of texts.after(all)) target.add(statement);
}

function addState({ command, group, index }: Placed<StateCommand>, nowMs: number, target: FlushTarget): void {
  const { before, insert, probe, after } = stateStatements(command);
  const { atMs, state } = command.change;
  const stored: readonly SqlValue[] = [command.processUuid, atMs, state];
  target.add(before);
  target.add(insert, group);
  target.addProbe(probe, group, { index, code: ILLEGAL_TRANSITION, message: ILLEGAL });
  target.add(
    deadLetterStatement(command, ILLEGAL_TRANSITION, ILLEGAL, nowMs, { sql: STORED_CHANGE, params: stored }),
  );
  for (const statement of after) target.add(statement);
}

const byTime = (a: Placed<StateCommand>, b: Placed<StateCommand>): number =>
  a.command.processUuid === b.command.processUuid
    ? a.command.change.atMs - b.command.change.atMs || a.command.change.state - b.command.change.state
    : a.command.processUuid < b.command.processUuid
      ? -1
      : 1;
