import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CommitOutcome, WriteCommand } from '../../src/domain/write-command.js';
import type { BatchWriter } from '../../src/ingest/batch-writer.js';
import { end, event, sample, start, T0, uuid, videoFields } from '../support/commands.js';
import { openSqliteTestStore, type SqliteTestStore } from '../support/store.js';
import { balanceOf, crashAfterCommit, crashAt, CRASHING_WORKER, FaultLine, writerOver } from './faults.js';

let s: SqliteTestStore;
let line: FaultLine;
let writer: BatchWriter;
let crashCount: number;
beforeEach(async () => {
  crashCount = 0;
  s = await openSqliteTestStore({ workerFile: CRASHING_WORKER, onCrash: () => (crashCount += 1) });
  line = new FaultLine(s.backend);
  writer = writerOver(s.store);
});
afterEach(async () => {
  await writer.close(5_000);
  await s[Symbol.asyncDispose]();
});

const committed = (commands: readonly WriteCommand[]): Promise<CommitOutcome> => {
  const result = writer.enqueue(commands, 'COMMITTED');
  if (!result.isAccepted || result.committed === null) throw new Error('refused');
  return result.committed;
};

/** One of everything: words, a new and a known session, several slices, an unknown session. */
const everything = (n: number): WriteCommand[] => [
  { kind: 'upsertVideo', video: videoFields(`v${n}`, { codec: `codec ${n}` }), receivedAtMs: T0 },
  start(n, `v${n}`, T0, { targetLanguage: `l${n}` }),
  ...Array.from({ length: 5 }, (_, i) => sample(n, T0 + i * 600_000, { wordsSeen: i, cardsMined: i })),
  event(n, T0 + 1),
  event(n, T0 + 2, { payloadJson: '{"a":1}' }),
  end(n, T0 + 3_000_000),
];

/** Every row of a session, without the ids that differ between two sessions. */
async function rowsOf(n: number): Promise<unknown> {
  const own = 'session_id = (SELECT session_id FROM imm_sessions WHERE session_uuid = ?)';
  const [session, telemetry, events, totals, slices, dirty] = await Promise.all([
    s.rows('SELECT status, started_at_ms, ended_at_ms FROM imm_sessions WHERE session_uuid = ?', uuid(n)),
    s.rows(
      `SELECT sample_ms, words_seen FROM imm_session_telemetry WHERE ${own} ORDER BY sample_ms`,
      uuid(n),
    ),
    s.rows(`SELECT ts_ms, payload_json FROM imm_session_events WHERE ${own} ORDER BY ts_ms`, uuid(n)),
    s.rows(
      `SELECT words_seen, last_sample_ms, samples_count, dropped_count FROM imm_session_totals WHERE ${own}`,
      uuid(n),
    ),
    s.rows(`SELECT slice, words_seen FROM imm_session_slices WHERE ${own} ORDER BY slice`, uuid(n)),
    s.rows(`SELECT slice FROM imm_dirty_slices WHERE ${own} ORDER BY slice`, uuid(n)),
  ]);
  return { session, telemetry, events, totals, slices, dirty };
}

describe('a worker that dies in a flush', () => {
  it('at any statement leaves nothing of it, and the flush is applied again in full', async () => {
    await committed(everything(1));
    const expected = await rowsOf(1);
    const statementCount = line.seen.at(-1)?.length ?? 0;
    expect(statementCount).toBeGreaterThan(15);
    for (let place = 0; place <= statementCount; place += 1) {
      line.faults.push(crashAt(place));
      const n = 100 + place;
      const outcome = await committed(everything(n));
      expect(outcome, `crash before statement ${place}`).toEqual({
        stored: 10,
        duplicates: 0,
        dropped: 0,
        refused: [],
      });
      expect(await rowsOf(n), `crash before statement ${place}`).toEqual(expected);
    }
    expect(crashCount).toBe(statementCount + 1);
    expect(writer.status().isRetrying).toBe(false);
    const { accepted, accountedFor } = balanceOf(writer);
    expect(accountedFor).toBe(accepted);
  }, 60_000);

  it('between commit and answer stores nothing twice', async () => {
    await committed(everything(1));
    line.faults.push(crashAfterCommit(s.backend));
    const { stored, duplicates, refused } = await committed(everything(2));
    expect(stored + duplicates).toBe(10);
    expect(refused).toEqual([]);
    expect(await rowsOf(2)).toEqual(await rowsOf(1));
  });

  it('between commit and answer makes one dead letter of one command', async () => {
    line.faults.push(crashAfterCommit(s.backend));
    const { refused } = await committed([sample(9, T0 + 1, { wordsSeen: 1 })]);
    expect(refused.map(({ code }) => code)).toEqual(['SESSION_UNKNOWN']);
    expect(await s.rows('SELECT COUNT(*) FROM sys_dead_letters')).toEqual([[1]]);
  });

  it('after the start of a session, before what waited for it, still gives it what waited', async () => {
    await committed([sample(3, T0 + 1, { wordsSeen: 7 })]);
    expect(await s.rows('SELECT COUNT(*) FROM sys_dead_letters')).toEqual([[1]]);
    line.faults.push(null, crashAt(0));
    await committed([start(3)]);
    const [session] = await s.rows('SELECT session_id FROM imm_sessions');
    const [totals] = await s.store.immersion.listSessionTotals([Number(session?.[0])]);
    expect(totals).toMatchObject({ samplesCount: 1, deadLetterCount: 0 });
  });

  it('while dead letters are requeued leaves them, and says that storage is away', async () => {
    await committed([sample(3, T0 + 1), sample(4, T0 + 1)]);
    for (const place of [0, 1, 2]) {
      line.faults.push(crashAt(place));
      await expect(s.store.system.requeueDeadLetters(null, T0)).rejects.toMatchObject({ isTransient: true });
      expect(await s.rows('SELECT COUNT(*) FROM sys_dead_letters')).toEqual([[2]]);
    }
    expect(await s.store.system.requeueDeadLetters(null, T0)).toMatchObject({ applied: 0, refused: 2 });
    expect(await s.rows('SELECT COUNT(*) FROM sys_dead_letters')).toEqual([[2]]);
  });

  it('while burying leaves the poison to be buried once', async () => {
    await committed([start(1)]);
    await s.backend.transact([
      {
        sql: `CREATE TRIGGER poison BEFORE INSERT ON imm_session_events WHEN NEW.words_delta = 666
          BEGIN SELECT RAISE(ABORT, 'poison'); END`,
        params: [],
      },
    ]);
    line.faults.push(null, crashAt(1));
    const { refused } = await committed([event(1, T0 + 5, { wordsDelta: 666 })]);
    expect(refused).toHaveLength(1);
    expect(await s.rows('SELECT COUNT(*) FROM sys_dead_letters')).toEqual([[1]]);
    expect(crashCount).toBe(1);
  });
});

describe('a worker that dies in maintenance', () => {
  it('at any statement of a roll-up leaves the rest dirty; the next pass makes it right', async () => {
    await committed(everything(1));
    const never = new AbortController().signal;
    const rollups = () =>
      s.rows('SELECT video_id, slice, words_seen, sessions_started FROM imm_slice_rollups ORDER BY 1, 2');
    await s.store.maintenance.rollUp(never);
    const expected = await rollups();
    const statementCount = line.seen.at(-1)?.length ?? 0;
    expect(statementCount).toBeGreaterThan(5);
    for (let place = 0; place <= statementCount; place += 1) {
      await s.store.maintenance.rebuildRollUps(never, () => undefined);
      await s.backend.transact([
        { sql: 'INSERT INTO imm_dirty_slices SELECT session_id, slice FROM imm_session_slices', params: [] },
      ]);
      line.faults.push(crashAt(place));
      await expect(s.store.maintenance.rollUp(never)).rejects.toMatchObject({ code: 'WORKER_CRASHED' });
      await s.store.maintenance.rollUp(never);
      expect(await rollups(), `crash before statement ${place}`).toEqual(expected);
      expect(await s.rows('SELECT COUNT(*) FROM imm_dirty_slices')).toEqual([[0]]);
    }
  }, 60_000);
});
