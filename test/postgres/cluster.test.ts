import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ServerProcess } from '../kill/server-process.mjs';
import { Model } from '../model/model.js';
import { compareAll } from '../model/questions.js';
import { StoreAnswers } from '../model/store-answers.js';
import { end, sample, start, uuid } from '../support/commands.js';
import { emptyDatabase, openPostgres } from '../support/postgres-store.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const INSTANCES = 4;
const WRITERS = 8;
const SESSIONS = 6;
const SAMPLES = 40;
const KILLS = 6;
const MINUTE = 60_000;
/** Within retention: what the jobs of the instances prune must not be part of the comparison. */
const BEGIN = Math.floor(Date.now() / (15 * MINUTE)) * 15 * MINUTE - 26 * 60 * MINUTE;

const END = Date.now();

interface Instance {
  server: ServerProcess;
  url: string;
}

/** What each writer sends of each session: all of them see the same video, each at other moments. */
const requestOf = (writer: number, session: number, n: number) => ({
  sessionUuid: uuid(session),
  sampleMs: BEGIN + session * 7 * MINUTE + (n * WRITERS + writer) * 9_000,
  wordsSeen: n * WRITERS + writer,
  activeWatchedMs: (n * WRITERS + writer) * 4_000,
  totalWatchedMs: (n * WRITERS + writer) * 5_000,
});

describe('several instances on one database', () => {
  it('that are killed while writers share their sessions lose nothing, and count everything once', async () => {
    const { url, drop } = await emptyDatabase();
    const home = await mkdtemp(join(tmpdir(), 'kinostat-cluster-'));
    const boot = async (): Promise<Instance> => {
      const server = new ServerProcess(MAIN, {
        KINOSTAT_STORAGE: 'postgres',
        KINOSTAT_DATABASE_URL: url,
        KINOSTAT_DATABASE_POOL_SIZE: '4',
        KINOSTAT_FLUSH_INTERVAL_MS: '20',
        KINOSTAT_ROLLUP_INTERVAL_MS: '1000',
        KINOSTAT_MEDIA_ROOTS: home,
      });
      const listening = await server.listening;
      if (listening === null) throw new Error(`an instance did not start:\n${server.log}`);
      return { server, url: listening };
    };
    // At once, on an empty database: all come up.
    const instances = await Promise.all(Array.from({ length: INSTANCES }, boot));
    let isOver = false;
    let killsLeft = KILLS;
    const kills = async (): Promise<void> => {
      while (!isOver && killsLeft > 0) {
        await new Promise((resolve) => setTimeout(resolve, 150 + Math.random() * 250));
        const place = Math.floor(Math.random() * INSTANCES);
        instances[place]?.server.signal('SIGKILL');
        await instances[place]?.server.exited;
        killsLeft -= 1;
        instances[place] = await boot();
      }
    };
    /** COMMITTED, at any instance, again until it is acknowledged: that is what a client may rely on. */
    const deliver = async (input: object): Promise<void> => {
      for (let tries = 0; tries < 200; tries += 1) {
        const target = instances[Math.floor(Math.random() * INSTANCES)];
        try {
          const response = await fetch(`${target?.url ?? ''}/graphql`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({
              query: 'mutation ($input: IngestInput!) { ingest(input: $input) { rejected { code } } }',
              variables: { input: { ...input, durability: 'COMMITTED' } },
            }),
          });
          const body = (await response.json()) as { data?: { ingest: { rejected: unknown[] } } | null };
          if (body.data?.ingest.rejected.length === 0) return;
        } catch {
          // Killed in the middle of it.
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      throw new Error('never acknowledged');
    };
    const sessions = Array.from({ length: SESSIONS }, (_, i) => i + 1);
    const write = async (writer: number): Promise<void> => {
      const startedAt = (session: number) => BEGIN + session * 7 * MINUTE + writer * 1_000;
      const video = (session: number) => ({
        videoKey: `v${session % 2}`,
        title: `Title of v${session % 2}`,
        sourceType: 'LOCAL',
      });
      await deliver({
        starts: sessions.map((session) => ({
          sessionUuid: uuid(session),
          startedAtMs: startedAt(session),
          video: video(session),
        })),
      });
      for (let n = 0; n < SAMPLES; n += 1) {
        await deliver({
          telemetry: sessions.map((session) => {
            const { sessionUuid, ...point } = requestOf(writer, session, n);
            return { sessionUuid, samples: [point] };
          }),
        });
      }
    };
    const killing = kills();
    await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
    isOver = true;
    await killing;
    await deliver({ ends: sessions.map((session) => ({ sessionUuid: uuid(session), endedAtMs: END })) });
    for (const { server } of instances) server.signal('SIGTERM');
    for (const { server } of instances) expect(await server.exited, server.log).toMatchObject({ code: 0 });

    const model = new Model('UTC');
    for (const session of sessions) {
      for (let writer = 0; writer < WRITERS; writer += 1) {
        const startedAtMs = BEGIN + session * 7 * MINUTE + writer * 1_000;
        model.state.apply([[start(session, `v${session % 2}`, startedAtMs)]]);
        for (let n = 0; n < SAMPLES; n += 1) {
          const { sampleMs, wordsSeen, activeWatchedMs, totalWatchedMs } = requestOf(writer, session, n);
          model.state.apply([[sample(session, sampleMs, { wordsSeen, activeWatchedMs, totalWatchedMs })]]);
        }
      }
      model.state.apply([[end(session, END)]]);
    }
    const opened = await openPostgres(url, { nowMs: END });
    try {
      const range = { fromMs: BEGIN - 60 * MINUTE, toMs: BEGIN + 24 * 60 * MINUTE };
      const inspection = { nowMs: END, range, hours: range, zones: ['UTC', 'Asia/Kolkata'] };
      await compareAll(inspection, model, new StoreAnswers(() => opened.store));
      expect(await opened.backend.read({ sql: 'SELECT COUNT(*) FROM sys_dead_letters', params: [] })).toEqual(
        [[0]],
      );
      expect(
        await opened.backend.read({ sql: 'SELECT COUNT(*) FROM imm_session_telemetry', params: [] }),
      ).toEqual([[WRITERS * SESSIONS * SAMPLES]]);
      expect(killsLeft).toBeLessThan(KILLS);
    } finally {
      await opened.store.close();
      await drop();
    }
  }, 180_000);
});
