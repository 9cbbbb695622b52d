import { describe, expect, it } from 'vitest';
import {
  dueMs as dueOf,
  MAX_SPEED,
  MIN_SPEED,
  moved,
  offsetAt,
  type Playhead,
} from '../../src/domain/replay/playhead.js';

const playhead = (anchorMs: number, offsetMs: number, speed: number): Playhead => ({
  anchorMs,
  offsetMs,
  speed,
  isPaused: false,
});
const dueMs = (eventMs: number, firstMs: number, startedMs: number, speed: number): number | null =>
  dueOf(playhead(startedMs, firstMs, speed), eventMs);

describe('due times of a replay', () => {
  it('keep the rhythm at speed 1', () => {
    expect([5_000, 5_250, 9_000].map((eventMs) => dueMs(eventMs, 5_000, 1_000_000, 1))).toEqual([
      1_000_000, 1_000_250, 1_004_000,
    ]);
  });

  it('shrink with the speed and grow when it is slow', () => {
    expect(dueMs(15_000, 5_000, 0, 100)).toBe(100);
    expect(dueMs(15_000, 5_000, 0, 0.1)).toBe(100_000);
  });

  it('do not drift: a million events end where one of the same instant would', () => {
    let latest: number | null = 0;
    for (let i = 0; i <= 1_000_000; i += 1) latest = dueMs(i * 7, 0, 0, 3);
    expect(latest).toBe(7_000_000 / 3);
  });

  it('stay within the documented speeds', () => {
    expect([MIN_SPEED, MAX_SPEED]).toEqual([0.1, 100]);
  });
});

describe('a control', () => {
  const running = playhead(1_000, 0, 2);

  it('that pauses makes nothing due, and resuming goes on where it stood', () => {
    const paused = moved(running, { kind: 'PAUSE' }, 1_500);
    expect([dueOf(paused, 9_000), offsetAt(paused, 99_000)]).toEqual([null, 1_000]);
    const resumed = moved(paused, { kind: 'RESUME' }, 99_000);
    expect([dueOf(resumed, 1_000), dueOf(resumed, 3_000)]).toEqual([99_000, 100_000]);
  });

  it('of the speed counts from where the replay is', () => {
    const slow = moved(running, { kind: 'SET_SPEED', speed: 0.5 }, 1_500);
    expect([offsetAt(slow, 1_500), dueOf(slow, 1_100)]).toEqual([1_000, 1_700]);
  });

  it('that seeks moves the playhead, paused or not', () => {
    const sought = moved(running, { kind: 'SEEK', offsetMs: 60_000 }, 5_000);
    expect([offsetAt(sought, 5_000), dueOf(sought, 62_000)]).toEqual([60_000, 6_000]);
    const held = moved(moved(running, { kind: 'PAUSE' }, 5_000), { kind: 'SEEK', offsetMs: 7 }, 6_000);
    expect([offsetAt(held, 9_000), held.isPaused]).toEqual([7, true]);
  });
});
