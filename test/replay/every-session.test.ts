import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/app/clock.js';
import { RETENTION_PRESETS } from '../../src/domain/retention.js';
import { DAY_MS } from '../../src/domain/time.js';
import type { WriteCommand } from '../../src/domain/write-command.js';
import { endProcess, extraction, startProcess } from '../support/agent-commands.js';
import { bootApp, type TestApp } from '../support/app.js';
import { end, event, start, T0, uuid, videoFields } from '../support/commands.js';
import { FakeClock } from '../support/fake-clock.js';
import { endPlayback, heartbeat, startPlayback } from '../support/playback-commands.js';
import {
  REPLAY_TRANSPORTS,
  type PlayedEvent,
  type ReplayArgs,
  type ReplayPlayer,
} from '../support/replay-player.js';
import { until } from '../support/until.js';

const SESSION = uuid(1);

interface Kind {
  readonly commands: readonly WriteCommand[];
  /** Of its events, in their order. */
  readonly played: readonly (readonly [offsetMs: number, kind: string])[];
}

/** One session of each kind that can be replayed; each lasts 40 seconds. */
const KINDS: Readonly<Record<string, Kind>> = {
  'a session with a video': {
    commands: [
      start(1),
      ...[0, 10_000, 10_000, 30_000].map((ms, n) => event(1, T0 + ms, { clientSeq: n })),
      end(1, T0 + 40_000),
    ],
    played: [0, 10_000, 10_000, 30_000].map((ms) => [ms, 'SESSION_EVENT']),
  },
  'a process session': {
    commands: [
      startProcess(1),
      ...[10_000, 10_000, 30_000].map((ms, n) => extraction(1, T0 + ms, { clientSeq: n })),
      endProcess(1, T0 + 40_000),
    ],
    played: [
      [0, 'STATE'],
      [10_000, 'EXTRACTION'],
      [10_000, 'EXTRACTION'],
      [30_000, 'EXTRACTION'],
      [40_000, 'STATE'],
    ],
  },
  'a playback': {
    commands: [
      { kind: 'upsertVideo', video: videoFields('v1'), receivedAtMs: T0 },
      startPlayback(1, T0),
      heartbeat(1, T0 + 20_000, 20_000),
      endPlayback(1, T0 + 40_000, 40_000),
    ],
    played: [
      [0, 'PLAYBACK'],
      [40_000, 'PLAYBACK'],
    ],
  },
};

/** The methods that read pages, where a store has them. */
type Lists = Partial<
  Record<'listEvents' | 'listSessionExtractions', (...args: readonly unknown[]) => unknown>
>;
type Listed = (server: TestApp) => Lists;

let clock: FakeClock;
let server: TestApp;
const players: ReplayPlayer[] = [];

beforeEach(async () => {
  clock = new FakeClock(T0 + 3_600_000);
  server = await bootApp({}, clock);
});
afterEach(async () => {
  for (const player of players.splice(0)) player.abort();
  await until(async () => (await openReplays()) === 0);
  await server[Symbol.asyncDispose]();
});

async function openReplays(): Promise<number> {
  return (await server.app.metrics.replays.get()).values[0]?.value ?? 0;
}
async function control(replayId: string, args: string): Promise<unknown> {
  const { controlReplay } = await server.data<{ controlReplay: unknown }>(
    `mutation { controlReplay(replayId: "${replayId}", ${args}) { offsetMs speed isPaused } }`,
  );
  return controlReplay;
}

describe.each(Object.entries(REPLAY_TRANSPORTS))('a replay over %s', (_transport, transport) => {
  describe.each(Object.entries(KINDS))('of %s', (_kind, { commands, played }) => {
    beforeEach(() => server.app.store.apply([commands], T0));

    async function open(args: ReplayArgs = {}): Promise<ReplayPlayer> {
      const player = await transport.open(server, SESSION, args);
      players.push(player);
      return player;
    }
    const waiting = () => until(() => clock.timerCount === transport.waitingTimers);
    const told = (found: PlayedEvent | null) => found && [found.offsetMs, found.kind];
    /** Session time that goes by while one replay runs. */
    async function pass(deltaMs: number, speed: number): Promise<void> {
      if (deltaMs === 0) return;
      await waiting();
      await clock.advance(deltaMs / speed);
    }
    /** All that comes until the end, each when it is due and never before. */
    async function playOut(player: ReplayPlayer, speed: number, fromMs: number): Promise<unknown[]> {
      const seen: unknown[] = [];
      let atMs = fromMs;
      for (const [offsetMs] of [...played.filter(([ms]) => ms >= fromMs), [40_000] as const]) {
        if (offsetMs > atMs) {
          await waiting();
          const dueMs = (offsetMs - atMs) / speed;
          await clock.advance(dueMs - 1);
          expect(clock.timerCount).toBe(transport.waitingTimers);
          await clock.advance(1);
          atMs = offsetMs;
        }
        seen.push(told(await player.next()));
      }
      return seen;
    }

    it.each([0.1, 1, 100])('keeps its rhythm at speed %s, and ends with the session', async (speed) => {
      expect(await playOut(await open({ speed }), speed, 0)).toEqual([...played, null]);
      await until(async () => (await openReplays()) === 0);
    });

    it('begins where it is told to', async () => {
      const left = played.filter(([offsetMs]) => offsetMs >= 5_000);
      expect(await playOut(await open({ fromMs: 5_000 }), 1, 5_000)).toEqual([...left, null]);
    });

    it('goes on behind any position: nothing twice, nothing left out', async () => {
      const first = await open({ speed: 100 });
      const positions: string[] = [];
      for (const [index, [offsetMs]] of played.entries()) {
        await pass(offsetMs - (played[index - 1]?.[0] ?? 0), 100);
        positions.push((await first.next())!.position);
      }
      first.abort();
      await until(async () => (await openReplays()) === 0);
      for (const [index, after] of positions.entries()) {
        const again = await open({ speed: 100, after });
        let atMs = played[index]![0];
        for (const [offsetMs, kind] of played.slice(index + 1)) {
          await pass(offsetMs - atMs, 100);
          expect(told(await again.next())).toEqual([offsetMs, kind]);
          atMs = offsetMs;
        }
        await pass(40_000 - atMs, 100);
        expect(await again.next()).toBeNull();
        await until(async () => (await openReplays()) === 0 && clock.timerCount === 0);
      }
    });

    it('pauses, resumes, changes its speed and seeks by its id', async () => {
      const player = await open();
      const { replayId } = (await player.next())!;
      await waiting();
      await clock.advance(4_000);
      expect(await control(replayId, 'action: PAUSE')).toEqual({ offsetMs: 4_000, speed: 1, isPaused: true });
      await until(() => clock.timerCount === transport.pausedTimers);
      await clock.advance(9_000);
      expect(clock.timerCount).toBe(transport.pausedTimers);
      await control(replayId, 'action: RESUME');
      expect(await control(replayId, 'action: SET_SPEED, speed: 2')).toMatchObject({ offsetMs: 4_000 });
      await control(replayId, 'action: SEEK, toMs: 0');
      expect(told(await player.next())).toEqual(played[0]);
      const second = played[1]!;
      await waiting();
      await clock.advance(second[0] / 2 - 1);
      expect(clock.timerCount).toBe(transport.waitingTimers);
      await clock.advance(1);
      expect(told(await player.next())).toEqual(second);
    });

    it('does not drift: what is late comes at once, and the next is on time', async () => {
      const player = await open();
      await player.next();
      await waiting();
      const late = played.filter(([offsetMs]) => offsetMs > 0 && offsetMs <= 25_000);
      await clock.advance(25_000);
      for (const one of late) expect(told(await player.next())).toEqual(one);
      await waiting();
      const next = played.find(([offsetMs]) => offsetMs > 25_000)!;
      await clock.advance(next[0] - 25_000 - 1);
      expect(clock.timerCount).toBe(transport.waitingTimers);
      await clock.advance(1);
      expect(told(await player.next())).toEqual(next);
    });

    it('is refused with a clear error when nobody started it, or retention removed it', async () => {
      await expect((await transport.open(server, uuid(9))).next()).rejects.toThrow('NOT_FOUND');
      const windows = { ...RETENTION_PRESETS['keep-all'], events: 1, extractions: 1, playbacks: 1 };
      const { signal } = new AbortController();
      await server.app.store.maintenance.prune(windows, T0 + 3 * DAY_MS, { isDryRun: false }, signal);
      await expect((await open()).next()).rejects.toThrow('NOT_FOUND');
    });

    it('is refused while all places are taken, however those are watched', async () => {
      const { 'server-sent events': other } = REPLAY_TRANSPORTS;
      const taken = await Promise.all(Array.from({ length: 200 }, () => other.open(server, SESSION)));
      players.push(...taken);
      await expect((await open()).next()).rejects.toThrow('UNAVAILABLE');
      taken[0]!.abort();
      await until(async () => (await openReplays()) === 199);
      expect(told(await (await open()).next())).toEqual(played[0]);
    });

    it('keeps time on the real clock: 40 s of session at speed 100 take 400 ms', async () => {
      await using real = await bootApp({}, systemClock);
      await real.app.store.apply([commands], T0);
      const startedMs = performance.now();
      const player = await transport.open(real, SESSION, { speed: 100 });
      const seen: unknown[] = [];
      for (let found = await player.next(); found !== null; found = await player.next()) {
        seen.push(told(found));
        // Never early, but for the whole milliseconds of the clock; late is up to the machine.
        expect(performance.now() - startedMs).toBeGreaterThan(found.offsetMs / 100 - 3);
      }
      const tookMs = performance.now() - startedMs;
      expect(seen).toEqual(played);
      expect(tookMs).toBeGreaterThan(397);
      expect(tookMs).toBeLessThan(5_000);
    });
  });

  const TEXT = 'x'.repeat(3_000);
  const MANY = 20_000;
  const LONG: Readonly<
    Record<string, { first: WriteCommand; nth: (n: number) => WriteCommand; list: Listed }>
  > = {
    'a session with a video': {
      first: start(1),
      nth: (n) => event(1, T0 + 40_000, { clientSeq: n, payloadJson: JSON.stringify({ text: TEXT }) }),
      list: ({ app }) => app.store.immersion as unknown as Lists,
    },
    'a process session': {
      first: startProcess(1),
      nth: (n) => extraction(1, T0 + 40_000, { clientSeq: n, originalLine: TEXT, matchedValue: null }),
      list: ({ app }) => app.store.agents as unknown as Lists,
    },
  };

  it.each(Object.entries(LONG))(
    'of %s holds one page of events for a client that does not read',
    async (_name, { first, nth, list }) => {
      await server.app.store.apply([[first]], T0);
      for (let from = 0; from < MANY; from += 1_000) {
        const batch = Array.from({ length: 1_000 }, (_, n) => nth(from + n));
        await server.app.store.apply([batch], T0);
      }
      let pageCount = 0;
      const lists = list(server);
      for (const name of ['listEvents', 'listSessionExtractions'] as const) {
        const original = lists[name]?.bind(lists);
        if (original === undefined) continue;
        Object.assign(lists, {
          [name]: (...args: readonly unknown[]) => {
            pageCount += 1;
            return original(...args);
          },
        });
      }
      players.push(await transport.open(server, SESSION, { fromMs: 40_000 }));
      // What the sockets of both sides take is the system's; then the server waits.
      let before = -1;
      while (before !== pageCount || pageCount === 0) {
        before = pageCount;
        // Nothing tells that a socket takes no more: it is seen by what is not read.
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      expect(pageCount).toBeLessThan(MANY / 100 - 50);
      await clock.advance(60_000);
      expect(pageCount).toBe(before);
    },
  );
});
