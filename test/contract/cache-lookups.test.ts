import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RecordLookupsCommand } from '../../src/domain/transcripts/lookups.js';
import { T0 } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';
import { transcript } from '../support/transcripts.js';

let s: TestStore;
let ids: number[];
beforeEach(async () => {
  s = await openTestStore();
  await s.store.transcriptCache.putTranscripts([transcript('a'), transcript('b')], null, T0);
  ids = await Promise.all(['a', 'b'].map(async (key) => (await s.store.immersion.getVideo(key))!.videoId));
});
afterEach(() => s[Symbol.asyncDispose]());

const lookups = (
  totals: readonly [hits: number, negativeHits: number, misses: number],
  accesses: readonly (readonly [video: 0 | 1, count: number, atMs: number])[],
  { instanceId = 5, slice = 100 } = {},
): RecordLookupsCommand => ({
  kind: 'recordLookups',
  slice,
  instanceId,
  hits: totals[0],
  negativeHits: totals[1],
  misses: totals[2],
  accesses: accesses.map(([video, count, atMs]) => ({ videoId: ids[video]!, count, lastMs: T0 + atMs })),
});
const apply = async (command: RecordLookupsCommand) => (await s.store.apply([[command]], T0)).groups[0];
const uses = async () =>
  (
    await s.rows(`SELECT access_count, last_accessed_at_ms - ${T0} FROM trx_transcripts ORDER BY video_id`)
  ).map((row) => row.map(Number));
const totals = () =>
  s.rows(
    'SELECT slice, instance_id, hits, negative_hits, misses FROM trx_cache_slices ORDER BY slice, instance_id',
  );

describe('lookups of the cache', () => {
  it('are added to the entries, and kept per slice and process', async () => {
    await apply(
      lookups(
        [3, 1, 2],
        [
          [0, 3, 40],
          [1, 1, 10],
        ],
      ),
    );
    expect(await uses()).toEqual([
      [3, 40],
      [1, 10],
    ]);
    await apply(lookups([4, 1, 2], [[0, 1, 50]]));
    await apply(lookups([1, 0, 0], [[1, 1, 30]], { instanceId: 6 }));
    await apply(lookups([0, 0, 9], [], { slice: 101 }));
    expect(await uses()).toEqual([
      [4, 50],
      [2, 30],
    ]);
    expect(await totals()).toEqual([
      [100, 5, 4, 1, 2],
      [100, 6, 1, 0, 0],
      [101, 5, 0, 0, 9],
    ]);
    expect(await s.store.transcriptCache.summarizeCache(T0)).toMatchObject({
      hits: 5,
      negativeHits: 1,
      misses: 11,
    });
  });

  it('that are applied again change nothing and are told as duplicates', async () => {
    const command = lookups([2, 0, 0], [[0, 2, 40]]);
    expect(await apply(command)).toEqual({ stored: 1, duplicates: 0, refused: [] });
    expect(await apply(command)).toEqual({ stored: 0, duplicates: 1, refused: [] });
    await apply(lookups([3, 0, 0], [[0, 1, 60]]));
    await apply(command);
    expect(await uses()).toEqual([
      [3, 60],
      [0, 0],
    ]);
    expect(await totals()).toEqual([[100, 5, 3, 0, 0]]);
  });

  it('of an entry that is gone are only counted', async () => {
    await s.store.transcriptCache.deleteTranscript('a');
    await apply(
      lookups(
        [1, 0, 0],
        [
          [0, 1, 5],
          [1, 1, 5],
        ],
      ),
    );
    expect(await uses()).toEqual([[1, 5]]);
    expect(await totals()).toEqual([[100, 5, 1, 0, 0]]);
  });

  it('from two processes at once are all there', async () => {
    await Promise.all(
      [7, 8].flatMap((instanceId) =>
        [1, 2, 3].map((n) =>
          apply(
            lookups(
              [n, 0, 0],
              [
                [1, 1, n],
                [0, 1, n],
              ],
              { instanceId, slice: 100 + n },
            ),
          ),
        ),
      ),
    );
    expect(await uses()).toEqual([
      [6, 3],
      [6, 3],
    ]);
    expect(await s.store.transcriptCache.summarizeCache(T0)).toMatchObject({ hits: 12 });
  });

  it('keep an entry that was used from going first', async () => {
    await apply(lookups([1, 0, 0], [[0, 1, 5]]));
    const never = new AbortController().signal;
    await s.store.transcriptCache.evict({ maxEntries: 1, maxBytes: 0 }, T0 + 9, never);
    expect(await s.store.transcriptCache.hasTranscript('a', T0)).toBe(true);
    expect(await s.store.transcriptCache.hasTranscript('b', T0)).toBe(false);
  });
});
