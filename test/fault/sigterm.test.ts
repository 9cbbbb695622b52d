import Database from 'better-sqlite3';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ServerProcess } from '../kill/server-process.mjs';
import { uuid } from '../support/commands.js';
import { temporaryFolder } from '../support/store.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
/** Requests under way may take a second, what waits as long as is configured; the rest is closing. */
const HTTP_CLOSE_MS = 1_000;
const SLACK_MS = 3_000;
const T = Date.now() - 3_600_000;

let folder: string;
let server: ServerProcess;
let url: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => {
  server.signal('SIGKILL');
  await server.exited;
  await rm(folder, { recursive: true, force: true });
});

async function boot(settings: Record<string, string>): Promise<void> {
  server = new ServerProcess(MAIN, {
    KINOSTAT_SQLITE_FILE: join(folder, 'x.sqlite'),
    KINOSTAT_LOG_LEVEL: 'info',
    ...settings,
  });
  const found = await server.listening;
  if (found === null) throw new Error(server.log);
  url = found;
}

interface Answer {
  readonly data?: { readonly ingest: { readonly accepted: number; readonly dropped: number } };
}
/** Items that a receipt took; null when the connection broke or the server refused. */
async function send(n: number, from: number, durability: string): Promise<number | null> {
  const samples = Array.from({ length: 10 }, (_, i) => ({ sampleMs: T + from + i, wordsSeen: from + i }));
  const starts = [
    { sessionUuid: uuid(n), video: { videoKey: 'v', title: 'V', sourceType: 'REMOTE' }, startedAtMs: T },
  ];
  try {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        query: 'mutation ($input: IngestInput!) { ingest(input: $input) { accepted dropped } }',
        variables: { input: { starts, telemetry: [{ sessionUuid: uuid(n), samples }], durability } },
      }),
    });
    const answer = (await response.json()) as Answer;
    return answer.data?.ingest === undefined ? null : answer.data.ingest.accepted;
  } catch {
    return null;
  }
}

/** Every sample a client was told is taken. */
async function load(n: number, told: Set<string>): Promise<void> {
  for (let from = 0; ; from += 10) {
    const accepted = await send(n, from, from % 50 === 0 ? 'COMMITTED' : 'QUEUED');
    if (accepted === null) return;
    expect(accepted).toBe(11);
    for (let i = 0; i < 10; i += 1) told.add(`${uuid(n)} ${T + from + i}`);
  }
}

function stored(): Set<string> {
  const database = new Database(join(folder, 'x.sqlite'), { readonly: true });
  const rows = database
    .prepare(
      'SELECT s.session_uuid, t.sample_ms FROM imm_session_telemetry t JOIN imm_sessions s USING (session_id)',
    )
    .raw()
    .all() as [string, number][];
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
  database.close();
  return new Set(rows.map(([sessionUuid, sampleMs]) => `${sessionUuid} ${sampleMs}`));
}

describe('SIGTERM', () => {
  it('under load writes everything that was taken, within its deadlines, and ends with 0', async () => {
    // Flushes on the timer only come late: what was answered QUEUED waits when the signal comes.
    await boot({
      KINOSTAT_FLUSH_INTERVAL_MS: '60000',
      KINOSTAT_BATCH_SIZE: '5000',
      KINOSTAT_QUEUE_CAP: '50000',
      KINOSTAT_SHUTDOWN_TIMEOUT_MS: '5000',
    });
    const told = new Set<string>();
    const clients = Array.from({ length: 6 }, (_, n) => load(n + 1, told));
    await expect.poll(() => told.size, { timeout: 10_000 }).toBeGreaterThan(1_000);
    const startedMs = performance.now();
    server.signal('SIGTERM');
    await Promise.all(clients);
    const { code, signal } = await server.exited;
    expect({ code, signal }, server.log).toEqual({ code: 0, signal: null });
    expect(performance.now() - startedMs).toBeLessThan(HTTP_CLOSE_MS + SLACK_MS);
    const found = stored();
    expect([...told].filter((sample) => !found.has(sample))).toEqual([]);
    expect(server.log).not.toMatch(/"level":"(error|fatal)"/);
  }, 30_000);

  it('while storage is away ends at its deadline, and says what it could not write', async () => {
    await boot({ KINOSTAT_SHUTDOWN_TIMEOUT_MS: '500', KINOSTAT_FLUSH_INTERVAL_MS: '10' });
    expect(await send(1, 0, 'COMMITTED')).toBe(11);
    const foreign = new Database(join(folder, 'x.sqlite'));
    foreign.exec('BEGIN IMMEDIATE');
    expect(await send(1, 100, 'QUEUED')).toBe(11);
    const startedMs = performance.now();
    server.signal('SIGTERM');
    const { code } = await server.exited;
    foreign.exec('ROLLBACK');
    foreign.close();
    expect(code, server.log).toBe(0);
    // One statement waits for the lock at most its busy timeout; a job that just begins takes up to three: its start, its work, its end.
    expect(performance.now() - startedMs).toBeLessThan(500 + 4 * 2_500 + SLACK_MS);
    expect(server.log).toMatch(/commands are being lost/);
    expect(stored().size).toBe(10);
  }, 30_000);

  it('a second time ends it at once', async () => {
    await boot({ KINOSTAT_SHUTDOWN_TIMEOUT_MS: '60000', KINOSTAT_FLUSH_INTERVAL_MS: '10' });
    expect(await send(1, 0, 'COMMITTED')).toBe(11);
    const foreign = new Database(join(folder, 'x.sqlite'));
    foreign.exec('BEGIN IMMEDIATE');
    expect(await send(1, 100, 'QUEUED')).toBe(11);
    server.signal('SIGTERM');
    await expect
      .poll(async () =>
        fetch(`${url}/livez`).then(
          () => true,
          () => false,
        ),
      )
      .toBe(false);
    server.signal('SIGTERM');
    expect(await server.exited).toEqual({ code: null, signal: 'SIGKILL' });
    foreign.exec('ROLLBACK');
    foreign.close();
    expect(stored().size).toBe(10);
  }, 30_000);
});
