import type { StoredByRisk } from '../../domain/agents/statistics.js';
import { SESSION_UNKNOWN } from '../../domain/dead-letter.js';
import { mergeMax } from '../../domain/immersion/counters.js';
import type { SampleRow } from '../../domain/immersion/store.js';
import type { SessionEventFields } from '../../domain/immersion/types.js';
import type { GroupOutcome } from '../../domain/stats-store.js';
import { sessionOf, type RefusedCommand, type WriteCommand } from '../../domain/write-command.js';
import type { Statement } from '../backend.js';
import { deadLetterStatement } from './dead-letters.js';
import { addPlaybacks, type KnownPlaybacks } from './playback-flush.js';
import { addProcesses, type FlushTarget } from './process-flush.js';
import { byGroup, inOrder } from './flush-order.js';
import type { FlushTexts } from './flush-texts.js';
import type { ResolvedSessions } from './session-directory.js';
import { endStatement, lossStatement } from './sessions.js';
import type { ReferenceKind } from './session-reference.js';
import type { CommandGroups } from './named-sessions.js';
import { noSummaryRows, type SummaryRows } from './telemetry.js';
import { touchTokenStatement } from './tokens.js';
import { DictionaryWords, videoStatement } from './videos.js';

interface Account {
  readonly group: number;
  /** Commands the statement stands for: rows it does not change are duplicates. */
  readonly count: number;
  /** Of extraction events. */
  readonly riskLevel?: number;
}

/** Its statement changes a row when the command was refused, which then looked like a duplicate. */
interface Probe {
  readonly group: number;
  readonly refused: RefusedCommand;
}

/**
 * One flush as statements of one transaction, in an order in which every reference exists: words, videos, sessions,
 * summaries, samples, events, ends. Which request each row belongs to is kept, so that its receipt can be exact.
 */
export class Flush {
  readonly #statements: Statement[] = [];
  readonly #accounts: (Account | Probe | null)[] = [];
  readonly #refused: RefusedCommand[][];
  readonly #duplicates: number[];
  #mayRefuse = false;

  constructor(
    private readonly groups: CommandGroups,
    private readonly sessions: ResolvedSessions,
    private readonly processes: ReadonlySet<string>,
    private readonly playbacks: KnownPlaybacks,
    private readonly texts: FlushTexts,
    private readonly nowMs: number,
  ) {
    this.#refused = groups.map(() => []);
    this.#duplicates = groups.map(() => 0);
  }

  compile(): readonly Statement[] {
    this.#words();
    this.#each((command, group) => {
      if (command.kind === 'upsertVideo') {
        this.#add(videoStatement('replace', command.video, command.receivedAtMs), group);
      } else if (command.kind === 'describeVideo') {
        this.#add(videoStatement('fill', command.video, command.receivedAtMs), group);
      } else if (command.kind === 'startSession') {
        this.#add(videoStatement('fill', command.video, command.receivedAtMs));
        const [before, upsert, after] = this.texts.starts.statements(command);
        this.#add(before);
        this.#add(upsert, group);
        this.#add(after);
      }
    });
    this.#samples();
    this.#events();
    this.#each((command, group) => {
      if (command.kind === 'endSession' && this.sessions.reference(command.sessionUuid) !== null) {
        this.#add(endStatement(command), group);
      } else if (command.kind === 'recordLoss') {
        // Nobody sent it: it is neither a row nor a duplicate of the request it travels with.
        this.#add(lossStatement(command));
      } else if (command.kind === 'touchToken') {
        this.#add(touchTokenStatement(command), group);
      } else if (command.kind === 'recordLookups') {
        const [accesses, totals] = this.texts.lookups.statements(command);
        this.#add(accesses);
        this.#add(totals, group);
      }
    });
    this.#refuseUnknown();
    addProcesses(this.groups, this.processes, this.texts.extractions, this.nowMs, this.#target());
    addPlaybacks(this.groups, this.playbacks, this.texts.playbacks, this.nowMs, this.#target());
    return this.#statements;
  }

  outcomes(changes: readonly number[]): GroupOutcome[] {
    changes.forEach((changed, index) => {
      const account = this.#accounts[index];
      if (account == null) return;
      if ('count' in account) return this.#addDuplicates(account.group, Math.max(0, account.count - changed));
      if (changed === 0) return;
      this.#refused[account.group]?.push(account.refused);
      this.#addDuplicates(account.group, -1);
    });
    return this.groups.map((group, index) => {
      const duplicates = this.#duplicates[index] ?? 0;
      const refused = this.#refused[index] ?? [];
      return { stored: group.length - duplicates - refused.length, duplicates, refused };
    });
  }

  /** New extraction events, by their risk. */
  extractionsByRisk(changes: readonly number[]): StoredByRisk {
    const counts = new Map<number, number>();
    this.#accounts.forEach((account, index) => {
      if (account === null || !('riskLevel' in account) || account.riskLevel === undefined) return;
      const changed = changes[index] ?? 0;
      if (changed > 0) counts.set(account.riskLevel, (counts.get(account.riskLevel) ?? 0) + changed);
    });
    return counts;
  }

  /** Whether commands may have gone to the dead letters. */
  get hasRefused(): boolean {
    return this.#mayRefuse || this.#refused.some((refused) => refused.length > 0);
  }

  #words(): void {
    const words = new DictionaryWords();
    this.#each((command) => {
      if ('video' in command) words.addVideo(command.video);
      if (command.kind !== 'startSession') return;
      words.add('sys_languages', command.locale);
      words.add('sys_languages', command.targetLanguage);
    });
    for (const statement of words.statements()) this.#add(statement);
  }

  /** Summaries once per session over the whole flush; rows per request, so that receipts can tell duplicates. */
  #samples(): void {
    const bySession = new Map<string, Map<number, SampleRow & { readonly group: number }>>();
    this.#each((command, group) => {
      if (command.kind !== 'recordSample' || this.sessions.reference(command.sessionUuid) === null) return;
      const samples =
        bySession.get(command.sessionUuid) ?? new Map<number, SampleRow & { readonly group: number }>();
      bySession.set(command.sessionUuid, samples);
      const known = samples.get(command.sampleMs);
      if (known === undefined) {
        samples.set(command.sampleMs, { sampleMs: command.sampleMs, counters: command.counters, group });
      } else {
        const merged = [...known.counters];
        mergeMax(merged, command.counters);
        samples.set(command.sampleMs, { ...known, counters: merged });
        this.#addDuplicates(group, 1);
      }
    });
    if (bySession.size === 0) return;
    const rows: (Account & { statement: Statement })[] = [];
    const summaries = new Map<ReferenceKind, SummaryRows>();
    for (const [uuid, samples] of inOrder(bySession)) {
      const reference = this.sessions.reference(uuid);
      if (reference === null) continue;
      const list = [...samples.values()];
      const summary = summaries.get(reference.kind) ?? noSummaryRows();
      summaries.set(reference.kind, summary);
      this.texts.telemetry.summarize(reference, list, summary);
      for (const [group, groupRows] of byGroup(list)) {
        rows.push(...this.texts.telemetry.samples(reference, groupRows).map((s) => ({ ...s, group })));
      }
    }
    for (const [kind, summary] of summaries) {
      for (const statement of this.texts.telemetry.summary(kind, summary)) this.#add(statement);
    }
    this.#add(this.texts.telemetry.reopen([...bySession.keys()]));
    for (const { statement, group, count } of rows) this.#add(statement, group, count);
  }

  #events(): void {
    const bySession = new Map<string, { group: number; event: SessionEventFields }[]>();
    this.#each((command, group) => {
      if (command.kind !== 'recordEvent') return;
      const events = bySession.get(command.sessionUuid) ?? [];
      events.push({ group, event: command.event });
      bySession.set(command.sessionUuid, events);
    });
    for (const [uuid, events] of inOrder(bySession)) {
      const reference = this.sessions.reference(uuid);
      if (reference === null) continue;
      for (const [group, own] of byGroup(events)) {
        const statements = this.texts.events.events(
          reference,
          own.map(({ event }) => event),
        );
        for (const { statement, count } of statements) this.#add(statement, group, count);
      }
    }
  }

  /** What belongs to no session goes to the dead letters, in the same transaction. */
  #refuseUnknown(): void {
    this.groups.forEach((commands, group) => {
      commands.forEach((command, index) => {
        const uuid = sessionOf(command);
        // A loss of a session that never arrived has nothing to be counted on; the writer's own counters have it.
        if (uuid === null || command.kind === 'recordLoss' || this.sessions.reference(uuid) !== null) return;
        const message = 'No session with this UUID was started';
        this.#refused[group]?.push({ index, code: SESSION_UNKNOWN, message });
        this.#add(deadLetterStatement(command, SESSION_UNKNOWN, message, this.nowMs));
      });
    });
  }

  #target(): FlushTarget {
    return {
      add: (statement, group, count) => this.#add(statement, group, count),
      addExtractions: (statement, group, count, riskLevel) => {
        this.#statements.push(statement);
        this.#accounts.push({ group, count, riskLevel });
      },
      addProbe: (statement, group, refused) => {
        this.#mayRefuse = true;
        this.#statements.push(statement);
        this.#accounts.push({ group, refused });
      },
      addDuplicates: (group, count) => this.#addDuplicates(group, count),
      refuse: (group, refused) => this.#refused[group]?.push(refused),
    };
  }

  #each(visit: (command: WriteCommand, group: number) => void): void {
    this.groups.forEach((commands, group) => commands.forEach((command) => visit(command, group)));
  }

  #add(statement: Statement, group?: number, count = 1): void {
    this.#statements.push(statement);
    this.#accounts.push(group === undefined ? null : { group, count });
  }

  #addDuplicates(group: number, count: number): void {
    this.#duplicates[group] = (this.#duplicates[group] ?? 0) + count;
  }
}
