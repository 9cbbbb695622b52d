import {
  joinReapplied,
  NOTHING_REAPPLIED,
  type DeadLetter,
  type ReapplyOutcome,
} from '../domain/dead-letter.js';
import { StorageError } from '../domain/errors.js';
import { isDroppable, sessionOf, type WriteCommand } from '../domain/write-command.js';
import type { Statement } from './backend.js';
import { lossStatement } from './commands/sessions.js';
import type { Db } from './database.js';
import { DeadLetterQueries } from './queries/dead-letters.js';

const CHUNK = 500;

/** Applies commands and the extra statements in one transaction. */
export type Reapply = (
  commands: readonly WriteCommand[],
  nowMs: number,
  extra: readonly Statement[],
) => Promise<ReapplyOutcome>;

/** Gives dead letters back to the database, or gives them up. */
export class DeadLetterDesk {
  readonly queries: DeadLetterQueries;

  constructor(
    private readonly db: Db,
    private readonly transact: Reapply,
  ) {
    this.queries = new DeadLetterQueries(db);
  }

  /** All letters in one transaction with their removal; if one poisons it, each on its own. */
  async reapply(letters: readonly DeadLetter[], nowMs: number): Promise<ReapplyOutcome> {
    try {
      return await this.#reapply(letters, nowMs);
    } catch (error) {
      // Storage is away: all of them stay where they are, and whoever asked asks again.
      if (!(error instanceof StorageError) || error.isTransient) throw error;
      // Poison stays where it is: still a dead letter, nothing lost.
      if (letters.length <= 1) return { ...NOTHING_REAPPLIED, refused: letters.length };
    }
    let total = NOTHING_REAPPLIED;
    for (const letter of letters) total = joinReapplied(total, await this.reapply([letter], nowMs));
    return total;
  }

  async requeue(ids: readonly number[] | null, nowMs: number): Promise<ReapplyOutcome> {
    let total = NOTHING_REAPPLIED;
    for await (const letters of this.#chunks(ids)) {
      total = joinReapplied(total, await this.reapply(letters, nowMs));
    }
    return total;
  }

  /** A given-up sample or event counts as lost in its session, in the same transaction. */
  async discard(ids: readonly number[] | null): Promise<number> {
    let count = 0;
    for await (const letters of this.#chunks(ids)) {
      const losses = new Map<string, number>();
      for (const { command } of letters) {
        const uuid = sessionOf(command);
        if (uuid !== null && isDroppable(command)) losses.set(uuid, (losses.get(uuid) ?? 0) + 1);
      }
      const changes = await this.db.backend.transact([
        this.#removal(letters),
        ...[...losses].map(([sessionUuid, lost]) => lossStatement({ sessionUuid, count: lost })),
      ]);
      count += changes[0] ?? 0;
    }
    return count;
  }

  #reapply(letters: readonly DeadLetter[], nowMs: number): Promise<ReapplyOutcome> {
    const commands = letters.map(({ command }) => command);
    return this.transact(commands, nowMs, [this.#removal(letters)]);
  }

  #removal(letters: readonly DeadLetter[]): Statement {
    return {
      sql: `DELETE FROM sys_dead_letters
        WHERE dead_letter_id IN (SELECT id FROM ${this.db.functions.jsonRows('?', ['id'])} AS done)`,
      params: [JSON.stringify(letters.map(({ deadLetterId }) => [deadLetterId]))],
    };
  }

  /** Each letter once, even when it comes back as a new one. */
  async *#chunks(ids: readonly number[] | null): AsyncGenerator<readonly DeadLetter[]> {
    const [newest] = await this.db.backend.read({
      sql: 'SELECT MAX(dead_letter_id) FROM sys_dead_letters',
      params: [],
    });
    const lastId = Number(newest?.[0] ?? 0);
    let afterId = 0;
    for (;;) {
      const found = await this.queries.listOldest(ids, afterId, CHUNK);
      const letters = found.filter(({ deadLetterId }) => deadLetterId <= lastId);
      if (letters.length === 0) return;
      yield letters;
      afterId = letters.at(-1)?.deadLetterId ?? lastId;
    }
  }
}
