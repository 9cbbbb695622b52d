import { beforeEach, describe, expect, it } from 'vitest';
import { SLICE_MS, sliceOf } from '../../src/domain/time.js';
import type { RecordLookupsCommand } from '../../src/domain/transcripts/lookups.js';
import type { CommandSink, WriteCommand } from '../../src/domain/write-command.js';
import { LookupTally } from '../../src/ingest/lookup-tally.js';
import { FakeClock } from '../support/fake-clock.js';

const START = sliceOf(Date.parse('2026-11-21T10:00:00.000Z')) * SLICE_MS;
let clock: FakeClock;
let sent: WriteCommand[];
let tally: LookupTally;
const sink = (isAccepted: boolean): CommandSink => ({
  enqueue(commands) {
    if (!isAccepted) return { isAccepted: false, code: 'UNAVAILABLE', retryAfterMs: 1 };
    sent.push(...commands);
    return { isAccepted: true, accepted: commands.length, dropped: 0, displaced: 0, committed: null };
  },
  status: () => ({ depth: 0, cap: 1 }),
});
beforeEach(() => {
  clock = new FakeClock(START);
  sent = [];
  tally = new LookupTally({ sink: sink(true), clock, random: () => 0.5 });
});

const hit = (videoId: number) => ({ videoId, errorCode: null });
const failed = (videoId: number) => ({ videoId, errorCode: 'PRIVATE' });
const lookups = () => sent as RecordLookupsCommand[];

describe('lookups of the cache', () => {
  it('are one command for all that come in half a second', async () => {
    tally.count([hit(1), null]);
    await clock.advance(200);
    tally.count([hit(1), failed(2)]);
    expect(sent).toEqual([]);
    await clock.advance(300);
    expect(sent).toEqual([
      {
        kind: 'recordLookups',
        slice: sliceOf(START),
        instanceId: Math.floor(Number.MAX_SAFE_INTEGER / 2) + 1,
        hits: 2,
        negativeHits: 1,
        misses: 1,
        accesses: [
          { videoId: 1, count: 2, lastMs: START + 200 },
          { videoId: 2, count: 1, lastMs: START + 200 },
        ],
      },
    ]);
    await clock.advance(10_000);
    expect(sent).toHaveLength(1);
    expect(clock.timerCount).toBe(0);
  });

  it('go on as running totals within a slice, and begin anew in the next', async () => {
    tally.count([hit(1)]);
    await clock.advance(500);
    tally.count([hit(1), null]);
    await clock.advance(500);
    clock.set(START + SLICE_MS - 1);
    tally.count([null]);
    clock.set(START + SLICE_MS);
    tally.count([hit(3)]);
    tally.flush();
    expect(
      lookups().map(({ slice, hits, misses, accesses }) => [
        slice - sliceOf(START),
        hits,
        misses,
        accesses.map(({ videoId, count }) => [videoId, count]),
      ]),
    ).toEqual([
      [0, 1, 0, [[1, 1]]],
      [0, 2, 1, [[1, 1]]],
      [0, 2, 2, []],
      [1, 1, 0, [[3, 1]]],
    ]);
  });

  it('of a thousand different videos do not wait, and what is kept in memory stays small', () => {
    for (let n = 0; n < 2_500; n += 1) tally.count([hit(n)]);
    expect(lookups().map(({ accesses }) => accesses.length)).toEqual([1_000, 1_000]);
    tally.flush();
    expect(lookups().map(({ hits }) => hits)).toEqual([1_000, 2_000, 2_500]);
  });

  it('that nobody takes are in the totals of the next command', async () => {
    const script = [false, true];
    tally = new LookupTally({
      clock,
      random: () => 0,
      sink: { ...sink(true), enqueue: (...args) => sink(script.shift() ?? true).enqueue(...args) },
    });
    tally.count([hit(1)]);
    await clock.advance(500);
    tally.count([null]);
    await clock.advance(500);
    expect(lookups()).toMatchObject([{ instanceId: 1, hits: 1, misses: 1, accesses: [] }]);
  });

  it('of nothing are none', async () => {
    tally.count([]);
    tally.flush();
    await clock.advance(1_000);
    expect(sent).toEqual([]);
  });
});
