import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DAY_MS } from '../../src/domain/time.js';
import type { WriteCommand } from '../../src/domain/write-command.js';
import { event, sample, start, uuid } from '../support/commands.js';
import { openSqliteTestStore } from '../support/store.js';
import { transcript } from '../support/transcripts.js';
import { Installation } from './kinostat-process.js';

let kinostat: Installation;
beforeEach(async () => {
  kinostat = await Installation.create();
});
afterEach(() => kinostat[Symbol.asyncDispose]());

/** Puts commands into the database file as a server would have. */
async function fill(...commands: WriteCommand[]): Promise<void> {
  await kinostat.run(['migrate']);
  await using store = await openSqliteTestStore({}, kinostat.file);
  await store.store.apply([commands], Date.now());
}

async function countOf(table: string, file = kinostat.file): Promise<number> {
  await using store = await openSqliteTestStore({}, file);
  return Number((await store.rows(`SELECT COUNT(*) FROM ${table}`))[0]?.[0]);
}

describe('migrate', () => {
  interface Status {
    readonly state: string;
    readonly applied: readonly string[];
    readonly pending: readonly string[];
  }

  it.each(['--status', '--dry-run'])('%s tells what is pending and changes nothing', async (flag) => {
    const before = await kinostat.json<Status>(['migrate', flag]);
    expect(before.state).toBe('empty');
    expect(before.applied).toEqual([]);
    expect(before.pending.length).toBeGreaterThan(0);
    expect(await kinostat.json(['migrate', flag])).toEqual(before);
    expect(existsSync(dirname(kinostat.file))).toBe(false);
    const done = await kinostat.json<{ applied: string[]; backupFile: null }>(['migrate']);
    expect(done).toEqual({ applied: before.pending, backupFile: null, isAdopted: false });
    expect(await kinostat.json(['migrate', flag])).toEqual({
      state: 'current',
      applied: before.pending,
      pending: [],
    });
  });

  it('says in words what a dry run would do, and that there is nothing to do', async () => {
    expect((await kinostat.run(['migrate', '--dry-run'])).stdout).toMatch(
      /^state: empty\n[^]*would create the tables\n$/,
    );
    expect((await kinostat.run(['migrate'])).stdout).toMatch(/^applied \d+/);
    expect((await kinostat.run(['migrate'])).stdout).toBe('nothing to do\n');
  });
});

describe('prune', () => {
  interface Report {
    readonly isDryRun: boolean;
    readonly tables: readonly { table: string; beforeMs: number | null; rowCount: number }[];
  }
  const rowsOf = ({ tables }: Report): Record<string, number> =>
    Object.fromEntries(tables.map(({ table, rowCount }) => [table, rowCount]));

  it('--dry-run counts what would go and removes nothing; without it that much goes', async () => {
    const now = Date.now();
    const old = now - 40 * DAY_MS;
    await fill(
      start(1, 'v1', old),
      sample(1, old, { linesSeen: 1 }),
      sample(1, old + 1_000, { linesSeen: 2 }),
      sample(1, now, { linesSeen: 3 }),
      event(1, old),
      event(1, now - 8 * DAY_MS),
      event(1, now),
    );
    const dry = await kinostat.json<Report>(['prune', '--dry-run']);
    expect(dry.isDryRun).toBe(true);
    expect(rowsOf(dry)).toMatchObject({ telemetry: 2, events: 2, slices: 0 });
    expect([await countOf('imm_session_telemetry'), await countOf('imm_session_events')]).toEqual([3, 3]);
    const real = await kinostat.json<Report>(['prune']);
    expect(rowsOf(real)).toMatchObject({ telemetry: 2, events: 2 });
    expect([await countOf('imm_session_telemetry'), await countOf('imm_session_events')]).toEqual([1, 1]);
    expect(await countOf('imm_sessions')).toBe(1);
  });

  it('keeps everything for ever when told to', async () => {
    await fill(start(1), event(1, 1));
    const report = await kinostat.json<Report>(['prune'], { KINOSTAT_RETENTION: 'keep-all' });
    expect(report.tables.every(({ beforeMs, rowCount }) => beforeMs === null && rowCount === 0)).toBe(true);
    expect(await countOf('imm_session_events')).toBe(1);
  });
});

describe('rollup', () => {
  interface Report {
    readonly cellsCount: number;
    readonly daysCount: number;
    readonly isInterrupted: boolean;
  }
  const days = async (): Promise<unknown> => {
    await using store = await openSqliteTestStore({}, kinostat.file);
    return await store.rows(
      'SELECT rollup_day, total_lines_seen FROM imm_daily_rollups WHERE video_id = 0 ORDER BY 1',
    );
  };

  it('--rebuild computes days anew in another zone, and records it', async () => {
    const evening = Date.parse('2026-11-20T16:00:00Z');
    await fill(start(1, 'v1', evening), sample(1, evening, { linesSeen: 4 }));
    expect(await kinostat.json<Report>(['rollup'])).toMatchObject({
      isInterrupted: false,
      daysCount: expect.any(Number) as number,
    });
    expect(await days()).toEqual([[20_777, 4]]);
    const tokyo = { KINOSTAT_TIMEZONE: 'Asia/Tokyo' };
    const rebuilt = await kinostat.json<Report>(['rollup', '--rebuild'], tokyo);
    expect(rebuilt.isInterrupted).toBe(false);
    expect(rebuilt.cellsCount).toBeGreaterThan(0);
    // 01:00 of the 21st in Tokyo.
    expect(await days()).toEqual([[20_778, 4]]);
    const { checks } = await kinostat.json<{ checks: { name: string; finding: string }[] }>(
      ['doctor'],
      tokyo,
    );
    expect(checks.find(({ name }) => name === 'roll-up zone')?.finding).toBe('Asia/Tokyo');
  });
});

describe('backup', () => {
  it('writes a copy that can be opened, and never overwrites', async () => {
    await fill(start(1), sample(1, 1_000_000, { linesSeen: 4 }));
    const copy = join(kinostat.folder, 'copy.sqlite');
    expect(await kinostat.json(['backup', copy])).toEqual({ file: copy });
    expect(await countOf('imm_session_telemetry', copy)).toBe(1);
    const mine = join(kinostat.folder, 'mine.txt');
    await writeFile(mine, 'precious');
    const refused = await kinostat.run(['backup', mine]);
    expect(refused).toEqual({
      code: 1,
      stdout: '',
      stderr: `kinostat: ${mine} exists: a backup never overwrites\n`,
    });
    expect(await readFile(mine, 'utf8')).toBe('precious');
  });

  it('into a folder that is not there ends with one line', async () => {
    await kinostat.run(['migrate']);
    const refused = await kinostat.run(['backup', join(kinostat.folder, 'nowhere', 'copy.sqlite')]);
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toMatch(/^kinostat: [^\n]+\n$/);
  });
});

describe('serve', () => {
  const SETTINGS = { KINOSTAT_PORT: '0', KINOSTAT_FLUSH_INTERVAL_MS: '60000', KINOSTAT_BATCH_SIZE: '1000' };

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends with exit 0 at %s, with everything stored that was only queued',
    async (signal) => {
      const server = kinostat.start(['serve'], SETTINGS);
      const [, url = ''] = await server.said(/listening on (http:\S+)/);
      const now = Date.now();
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          query: 'mutation ($input: IngestInput!) { ingest(input: $input) { accepted queueDepth } }',
          variables: {
            input: {
              starts: [
                {
                  sessionUuid: uuid(1),
                  startedAtMs: now,
                  video: { videoKey: 'v', title: 'V', sourceType: 'LOCAL' },
                },
              ],
              telemetry: [
                {
                  sessionUuid: uuid(1),
                  samples: Array.from({ length: 300 }, (_, i) => ({ sampleMs: now + i, linesSeen: i })),
                },
              ],
              ends: [{ sessionUuid: uuid(1), endedAtMs: now + 300 }],
            },
          },
        }),
      });
      // All of it waits: nothing triggers a flush for a minute.
      expect(await response.json()).toEqual({ data: { ingest: { accepted: 302, queueDepth: 302 } } });
      server.child.kill(signal);
      expect(await server.ended).toMatchObject({ code: 0, stderr: '' });
      expect([await countOf('imm_session_telemetry'), await countOf('imm_sessions')]).toEqual([300, 1]);
      await using store = await openSqliteTestStore({}, kinostat.file);
      expect(await store.rows('SELECT status, ended_at_ms FROM imm_sessions')).toEqual([[2, now + 300]]);
    },
  );
});

describe('search rebuild', () => {
  it('derives what can be found again from what is stored', async () => {
    await kinostat.run(['migrate']);
    {
      await using store = await openSqliteTestStore({}, kinostat.file);
      await store.store.transcriptCache.putTranscripts([transcript('a'), transcript('b')], null, Date.now());
      await store.backend.transact([{ sql: 'DELETE FROM sys_search_documents', params: [] }]);
    }
    const report = await kinostat.json<{ sources: object[]; isInterrupted: boolean }>(['search', 'rebuild']);
    expect(report.isInterrupted).toBe(false);
    expect(report.sources).toContainEqual({ name: 'transcripts', subjectsCount: 2, isComplete: true });
    expect([await countOf('sys_search_documents'), await countOf('sys_search_index')]).toEqual([2, 2]);
    expect((await kinostat.run(['search', 'rebuild'])).stdout).toContain('transcripts: 2 indexed\n');
  });
});
