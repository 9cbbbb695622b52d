import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/app/clock.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, type Clock } from '../../src/domain/time.js';
import { JobStatus, type JobRun } from '../../src/domain/job.js';
import { ALL_SCOPES } from '../../src/domain/access.js';
import { Auth } from '../../src/http/auth.js';
import { Scheduler } from '../../src/jobs/scheduler.js';
import { Events } from '../../src/observability/events.js';
import { createSilentLogger } from '../../src/observability/logger.js';
import { createMetrics } from '../../src/observability/metrics.js';
import { bootApp, type TestApp } from '../support/app.js';
import { uuid } from '../support/commands.js';
import { SteppingClock } from './stepping-clock.js';

const STEPS = [
  ['back by an hour', -HOUR_MS],
  ['back by a year', -365 * DAY_MS],
  ['forward by an hour', HOUR_MS],
  ['forward by a year', 365 * DAY_MS],
] as const;

describe.each(STEPS)('a clock set %s', (_name, stepMs) => {
  it('does not keep jobs from their intervals, nor make them run without end', async () => {
    const clock = new SteppingClock();
    const runs: number[] = [];
    const rows: JobRun[] = [];
    const scheduler = new Scheduler({
      jobs: [
        {
          name: 'roll-up',
          intervalMs: MINUTE_MS,
          isFrequent: true,
          runsAtStart: false,
          run: () => {
            runs.push(clock.now());
            return Promise.resolve({ summary: '', isEventful: false });
          },
        },
      ],
      store: {
        startJobRun: () => Promise.resolve(1),
        finishJobRun: () => Promise.resolve(),
        closeJobRuns: () => Promise.resolve(),
        listLastJobRuns: () => Promise.resolve(rows),
      },
      clock,
      events: new Events(createSilentLogger(), createMetrics(), clock),
      random: () => 0.5,
      leases: null,
    });
    await scheduler.start();
    await clock.advance(5 * MINUTE_MS + 10_000);
    expect(runs.length).toBeGreaterThanOrEqual(5);
    const before = runs.length;
    clock.step(stepMs);
    for (let minute = 0; minute < 10; minute += 1) await clock.advance(MINUTE_MS);
    expect(runs.length - before).toBeGreaterThanOrEqual(8);
    expect(runs.length - before).toBeLessThanOrEqual(12);
    await scheduler.stop();
  });

  it('lets a new token in and a revoked one out within a second', async () => {
    const clock = new SteppingClock();
    const secret = `kst_${'a'.repeat(32)}`;
    const token = {
      tokenId: 1,
      name: 'a',
      tokenHash: createHash('sha256').update(secret).digest('hex'),
      scopes: ALL_SCOPES,
      createdAtMs: 0,
      lastUsedAtMs: null,
      revokedAtMs: null as number | null,
    };
    let tokens: (typeof token)[] = [];
    const auth = new Auth({
      store: { listTokens: () => Promise.resolve(tokens) },
      sink: {
        enqueue: () => ({ isAccepted: true, accepted: 1, dropped: 0, displaced: 0, committed: null }),
        status: () => ({ depth: 0, cap: 1 }),
      },
      clock,
      isOpenWithoutTokens: false,
      rateLimitPerMin: 60,
    });
    const isAllowed = async () => (await auth.identify(`Bearer ${secret}`)).isAllowed;
    expect(await isAllowed()).toBe(false);
    clock.step(stepMs);
    tokens = [token];
    await clock.advance(1_000);
    expect(await isAllowed()).toBe(true);
    clock.step(-stepMs);
    tokens = [{ ...token, revokedAtMs: 1 }];
    await clock.advance(1_000);
    expect(await isAllowed()).toBe(false);
    // The limit of requests goes on too: a minute's worth, then no more, then again.
    tokens = [token];
    clock.step(stepMs);
    await clock.advance(1_000);
    let allowed = 0;
    for (let i = 0; i < 100; i += 1) if (await isAllowed()) allowed += 1;
    expect(allowed).toBeGreaterThanOrEqual(58);
    expect(allowed).toBeLessThanOrEqual(61);
    await clock.advance(30_000);
    expect(await isAllowed()).toBe(true);
  });
});

describe.each(STEPS)('a server whose clock is set %s', (_name, stepMs) => {
  let t: TestApp;
  afterEach(() => t[Symbol.asyncDispose]());

  it('goes on with its sessions, its roll-ups and its sweeper', async () => {
    let offsetMs = 0;
    const clock: Clock = {
      now: () => Date.now() + offsetMs,
      setTimer: (callback, delayMs) => systemClock.setTimer(callback, delayMs),
    };
    t = await bootApp({ KINOSTAT_FLUSH_INTERVAL_MS: '10' }, clock);
    const mutate = (field: string, type: string, selection: string, input: object) =>
      t.data(`mutation ($input: ${type}!) { ${field}(input: $input) ${selection} }`, {
        input,
      });
    const video = { videoKey: 'v', title: 'V', sourceType: 'REMOTE' };
    const record = (n: number, wordsSeen: number, sampleMs = clock.now()) =>
      mutate('recordTelemetry', 'RecordTelemetryInput', '{ accepted duplicates rejected { code } }', {
        sessionUuid: uuid(n),
        durability: 'COMMITTED',
        samples: [{ sampleMs, wordsSeen }],
      });
    const begin = (n: number) =>
      mutate('startSession', 'StartSessionInput', '{ receipt { accepted } }', {
        sessionUuid: uuid(n),
        video,
      });
    const session = async (n: number) =>
      (
        await t.data<{
          session: { status: string; startedAt: string; endedAt: string | null; totals: object };
        }>(`{ session(sessionUuid: "${uuid(n)}") { status startedAt endedAt totals { wordsSeen samples } } }`)
      ).session;
    const taken = { recordTelemetry: { accepted: 1, duplicates: 0, rejected: [] } };
    await begin(1);
    expect(await record(1, 10)).toEqual(taken);
    offsetMs += stepMs;
    // The session that went on over the step, and one that begins after it.
    expect(await record(1, 20)).toEqual(taken);
    await begin(2);
    expect(await record(2, 5)).toEqual(taken);
    await mutate('endSession', 'EndSessionInput', '{ accepted }', { sessionUuid: uuid(1) });
    await t.app.writer.drain();
    const one = await session(1);
    expect(one).toMatchObject({ status: 'ENDED', totals: { wordsSeen: 20, samples: 2 } });
    expect(Date.parse(one.endedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(one.startedAt));
    const run = async (name: string) =>
      (await t.data<{ runJob: { status: string } }>(`mutation { runJob(name: "${name}") { status } }`)).runJob
        .status;
    for (const job of ['sweep', 'roll-up', 'prune', 'checkpoint']) expect(await run(job)).toBe('SUCCEEDED');
    expect((await session(2)).status).toBe('ACTIVE');
    expect(await t.data('{ lifetime { wordsSeen sessions } }')).toEqual({
      lifetime: { wordsSeen: 25, sessions: 2 },
    });
    // Back where it was: everything still works, and idle sessions are given up in the end.
    offsetMs -= stepMs;
    expect(await record(2, 8, Math.min(clock.now(), clock.now() + stepMs) + 1)).toEqual(taken);
    offsetMs = Math.max(0, stepMs) + HOUR_MS;
    expect(await run('sweep')).toBe('SUCCEEDED');
    expect(['ABANDONED']).toContain((await session(2)).status);
    expect((await fetch(`${t.app.url}/readyz`)).status).toBe(200);
    expect(t.app.scheduler.states().every(({ lastRun }) => lastRun?.status !== JobStatus.FAILED)).toBe(true);
  });
});

describe("a timer of the machine's clock", () => {
  it('of more than 24 days does not ring at once', async () => {
    let isRung = false;
    const cancel = systemClock.setTimer(() => (isRung = true), 2 ** 31 + 1_000);
    await new Promise<void>((resolve) => systemClock.setTimer(resolve, 30));
    cancel();
    expect(isRung).toBe(false);
  });
});

describe('jobs while storage cannot note them', () => {
  it('keep their interval', async () => {
    const clock = new SteppingClock();
    let runCount = 0;
    const scheduler = new Scheduler({
      jobs: [
        {
          name: 'prune',
          intervalMs: HOUR_MS,
          isFrequent: false,
          runsAtStart: false,
          run: () => Promise.resolve({ summary: '', isEventful: true }),
        },
      ],
      store: {
        startJobRun: () => {
          runCount += 1;
          return Promise.reject(new Error('storage is away'));
        },
        finishJobRun: () => Promise.resolve(),
        closeJobRuns: () => Promise.resolve(),
        listLastJobRuns: () => Promise.resolve([]),
      },
      clock,
      events: new Events(createSilentLogger(), createMetrics(), clock),
      random: () => 0.5,
      leases: null,
    });
    await scheduler.start();
    for (let minute = 0; minute < 180; minute += 1) await clock.advance(MINUTE_MS);
    expect(runCount).toBeGreaterThanOrEqual(1);
    expect(runCount).toBeLessThanOrEqual(4);
    await scheduler.stop();
  });
});
