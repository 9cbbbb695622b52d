import { describe, expect, it } from 'vitest';
import { dueMs, MAX_SPEED, MIN_SPEED } from '../../src/domain/replay.js';

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
    let latest = 0;
    for (let i = 0; i <= 1_000_000; i += 1) latest = dueMs(i * 7, 0, 0, 3);
    expect(latest).toBe(7_000_000 / 3);
  });

  it('stay within the documented speeds', () => {
    expect([MIN_SPEED, MAX_SPEED]).toEqual([0.1, 100]);
  });
});
