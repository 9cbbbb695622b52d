import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/app.js';
import { uuid } from '../support/commands.js';

/** Some seconds on one reader: to a request it is for ever. */
const ENDLESS = `WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 15000000)
  SELECT COUNT(*), (SELECT COUNT(*) FROM imm_sessions) FROM c`;
const T = Date.now() - 3_600_000;

let t: TestApp;
let endless: Promise<unknown>;
let isEnded: boolean;
beforeEach(async () => {
  t = await bootApp({ KINOSTAT_FLUSH_INTERVAL_MS: '10', KINOSTAT_SQLITE_READERS: '2' });
  await t.data('mutation ($input: IngestInput!) { ingest(input: $input) { accepted } }', {
    input: {
      starts: [{ sessionUuid: uuid(1), video: { videoKey: 'v', title: 'V', sourceType: 'REMOTE' } }],
      durability: 'COMMITTED',
    },
  });
  isEnded = false;
  endless = t.app.backend.read({ sql: ENDLESS, params: [] }).finally(() => (isEnded = true));
});
afterEach(async () => {
  await endless;
  await t[Symbol.asyncDispose]();
});

const record = (from: number, count: number) =>
  t.data('mutation ($input: RecordTelemetryInput!) { recordTelemetry(input: $input) { accepted } }', {
    input: {
      sessionUuid: uuid(1),
      durability: 'COMMITTED',
      samples: Array.from({ length: count }, (_, i) => ({ sampleMs: T + from + i, wordsSeen: from + i })),
    },
  });
/** One look-up at a time: the tokens, then the session. */
const ask = () => t.data(`{ session(sessionUuid: "${uuid(1)}") { sessionUuid } }`);

describe('a reader that does not finish', () => {
  it('leaves the others answering, one query after the other', async () => {
    for (let i = 0; i < 10; i += 1) await ask();
    expect((await fetch(`${t.app.url}/readyz`)).status).toBe(200);
    expect(isEnded).toBe(false);
  });

  it('leaves the others answering many queries at once', async () => {
    await Promise.all(Array.from({ length: 20 }, ask));
    expect(isEnded).toBe(false);
  });

  it('stops neither writes nor checkpoints, and what is written meanwhile is read meanwhile', async () => {
    for (let i = 0; i < 20; i += 1) {
      await record(i * 50, 50);
      await t.app.store.maintenance.checkpoint();
    }
    const COUNT = 'SELECT COUNT(*) FROM imm_session_telemetry';
    expect(await t.app.backend.read({ sql: COUNT, params: [] })).toEqual([[1_000]]);
    // Behind its snapshot the log cannot be emptied, and nobody waits for that.
    const [state] = await t.app.backend.execute('PRAGMA wal_checkpoint(PASSIVE)');
    expect(state?.[0]).toBe(0);
    expect(Number(state?.[2])).toBeLessThan(Number(state?.[1]));
    expect(isEnded).toBe(false);
    await endless;
    const [later] = await t.app.backend.execute('PRAGMA wal_checkpoint(PASSIVE)');
    expect(later?.[2]).toBe(later?.[1]);
  });
});
