import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MAX_DEAD_LETTERS } from '../../src/domain/dead-letter.js';
import type { PageRequest } from '../../src/domain/page.js';
import { end, event, sample, start, T0, uuid } from '../support/commands.js';
import { isPostgres, openTestStore, type TestStore } from '../support/store.js';

let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
});
afterEach(() => s[Symbol.asyncDispose]());

const FIRST: PageRequest = { direction: 'forward', size: 10, start: null };
const letters = async () => (await s.store.system.listDeadLetters(null, FIRST)).rows;
const totals = async (n: number) => {
  const session = await s.store.immersion.getSession(uuid(n));
  return (await s.store.immersion.listSessionTotals([session!.sessionId]))[0]!;
};

describe('dead letters', () => {
  it('take what belongs to no session, while the rest of the flush is stored', async () => {
    const { groups } = await s.store.apply([[start(1), sample(1, T0), sample(9, T0), end(9, T0)]], T0);
    expect(groups[0]).toMatchObject({ stored: 2, duplicates: 0 });
    expect((await letters()).map(({ kind, code, sessionUuid }) => ({ kind, code, sessionUuid }))).toEqual([
      { kind: 'endSession', code: 'SESSION_UNKNOWN', sessionUuid: uuid(9) },
      { kind: 'recordSample', code: 'SESSION_UNKNOWN', sessionUuid: uuid(9) },
    ]);
  });

  it('are applied by themselves when their session starts, so the order of requests does not matter', async () => {
    await s.store.apply([[sample(9, T0 + 5, { wordsSeen: 4 }), event(9, T0 + 6), end(9, T0 + 7)]], T0);
    const { revivedCount } = await s.store.apply([[start(9)]], T0);
    expect(revivedCount).toBe(3);
    expect(await letters()).toEqual([]);
    expect((await totals(9)).counters.wordsSeen).toBe(4);
    expect(await s.store.immersion.getSession(uuid(9))).toMatchObject({ status: 2, endedAtMs: T0 + 7 });
  });

  it('make their session incomplete until they are applied or given up', async () => {
    await s.store.apply([[start(1)]], T0);
    await s.store.bury(sample(1, T0 + 1), 'POISON', 'cannot be stored', T0);
    expect((await totals(1)).deadLetterCount).toBe(1);
    expect(await s.store.system.requeueDeadLetters(null, T0)).toMatchObject({ applied: 1, refused: 0 });
    expect((await totals(1)).deadLetterCount).toBe(0);
    expect((await totals(1)).samplesCount).toBe(1);
  });

  it('that are refused again stay', async () => {
    await s.store.apply([[sample(9, T0)]], T0);
    expect(await s.store.system.requeueDeadLetters(null, T0)).toMatchObject({ applied: 0, refused: 1 });
    expect(await letters()).toHaveLength(1);
  });

  it('of which one is poison are requeued without it: it stays', async () => {
    await s.backend.transact([
      {
        // SQLite adds no constraint to a table that is there.
        sql: isPostgres
          ? 'ALTER TABLE imm_session_events ADD CONSTRAINT poison CHECK (words_delta <> 666)'
          : `CREATE TRIGGER poison BEFORE INSERT ON imm_session_events WHEN NEW.words_delta = 666
              BEGIN SELECT RAISE(ABORT, 'poison'); END`,
        params: [],
      },
    ]);
    await s.store.apply([[event(1, T0 + 1, { wordsDelta: 666 }), sample(1, T0), event(1, T0 + 2)]], T0);
    const { revivedCount } = await s.store.apply([[start(1)]], T0);
    expect(revivedCount).toBe(2);
    expect(await s.store.system.requeueDeadLetters(null, T0)).toMatchObject({ applied: 0, refused: 1 });
    expect((await letters()).map(({ kind }) => kind)).toEqual(['recordEvent']);
    expect(await totals(1)).toMatchObject({ samplesCount: 1, deadLetterCount: 1 });
  });

  it('are requeued and discarded by id', async () => {
    await s.store.apply([[start(1)]], T0);
    for (let i = 0; i < 3; i += 1) await s.store.bury(sample(1, T0 + i), 'POISON', 'x', T0);
    const [newest, , oldest] = await letters();
    expect(await s.store.system.discardDeadLetters([newest!.deadLetterId])).toBe(1);
    expect(await s.store.system.requeueDeadLetters([oldest!.deadLetterId], T0)).toMatchObject({
      applied: 1,
      refused: 0,
    });
    expect(await s.store.system.countDeadLetters('POISON')).toBe(1);
    expect(await s.store.system.countDeadLetters('OTHER')).toBe(0);
  });

  it('given up count as lost in their session, samples and events only', async () => {
    await s.store.apply([[start(1)]], T0);
    await s.store.bury(sample(1, T0), 'POISON', 'x', T0);
    await s.store.bury(event(1, T0), 'POISON', 'x', T0);
    await s.store.bury(end(1, T0), 'POISON', 'x', T0);
    expect(await s.store.system.discardDeadLetters(null)).toBe(3);
    expect(await totals(1)).toMatchObject({ droppedCount: 2, deadLetterCount: 0 });
  });

  it('are bounded: the oldest make room, and that is told', async () => {
    await s.store.bury(sample(1, T0), 'POISON', 'first', T0);
    const jump = isPostgres
      ? `ALTER TABLE sys_dead_letters ALTER COLUMN dead_letter_id RESTART WITH ${MAX_DEAD_LETTERS + 1}`
      : `UPDATE sqlite_sequence SET seq = ${MAX_DEAD_LETTERS} WHERE name = 'sys_dead_letters'`;
    await s.backend.transact([{ sql: jump, params: [] }]);
    expect(await s.store.bury(sample(1, T0 + 1), 'POISON', 'second', T0)).toBe(1);
    expect((await letters()).map(({ message }) => message)).toEqual(['second']);
  });

  it('page newest first', async () => {
    for (let i = 0; i < 5; i += 1) await s.store.bury(sample(1, T0 + i), 'POISON', String(i), T0);
    const page = await s.store.system.listDeadLetters(null, { ...FIRST, size: 2 });
    expect(page.rows.map(({ message }) => message)).toEqual(['4', '3']);
    expect(page.hasMore).toBe(true);
    const next = await s.store.system.listDeadLetters(null, {
      ...FIRST,
      start: [page.rows[1]!.deadLetterId],
    });
    expect(next.rows.map(({ message }) => message)).toEqual(['2', '1', '0']);
  });
});
