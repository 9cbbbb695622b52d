import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSearchQuery } from '../../src/domain/search/query.js';
import { sliceOf } from '../../src/domain/time.js';
import type { NewTranscript } from '../../src/domain/transcripts/cache.js';
import { ExtractionJobStatus } from '../../src/domain/transcripts/enums.js';
import { Random } from '../fuzz/random.js';
import { TranscriptModel } from '../model/transcript-model.js';
import { T0, uuid } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';
import { failure, transcript } from '../support/transcripts.js';

let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
});
afterEach(() => s[Symbol.asyncDispose]());

const never = new AbortController().signal;
const KEYS = Array.from({ length: 9 }, (_, n) => `v${n}`);
const JOBS = [1, 2, 3].map(uuid);
const WORDS = ['heron', 'river', 'lamp', 'paper', 'winter'];
const STATUSES = Object.values(ExtractionJobStatus);
const STEPS = 120;
const ALL = { direction: 'forward', size: 100, start: null } as const;

/** One history of random deeds, told to the store and to the model alike. */
class History {
  readonly model = new TranscriptModel();
  readonly #totals = { hits: 0, negativeHits: 0, misses: 0 };
  #slice = sliceOf(T0);
  nowMs = T0;

  constructor(private readonly random: Random) {}

  async step(): Promise<void> {
    this.nowMs += this.random.pick([1, 50, 1_000, 400_000]);
    const { random } = this;
    const deeds = [
      () => this.#put(),
      () => this.#put(),
      () => this.#use(),
      () => this.#use(),
      () => this.#createJob(),
      () => this.#move(),
      () => this.#delete(),
      () => this.#evict(),
    ];
    await random.pick(deeds)();
  }

  async #put(): Promise<void> {
    const { random, nowMs, model } = this;
    const keys = KEYS.filter(() => random.int(0, 3) === 0);
    const jobUuid = random.pick([null, null, ...JOBS.filter((job) => model.jobs.has(job))]);
    const items = keys.map((key): NewTranscript => {
      const fields = {
        expiresAtMs: random.pick([null, nowMs + 1_000, nowMs + 900_000]),
        extractedAtMs: nowMs - random.int(0, 3),
      };
      const lines = Array.from({ length: random.int(1, 60) }, () =>
        Array.from({ length: random.int(1, 9) }, () => random.pick(WORDS)).join(' '),
      );
      return random.int(0, 3) === 0 ? failure(key, fields) : transcript(key, lines, fields);
    });
    const outcome = await s.store.transcriptCache.putTranscripts(items, jobUuid, nowMs);
    const found = await s.store.transcriptCache.listTranscripts(keys, nowMs - 1);
    const isStored = items.map((item, index) =>
      model.put(item, jobUuid, found[index]?.storedBytes ?? 0, nowMs),
    );
    expect(outcome.storedCount).toBe(isStored.filter(Boolean).length);
    expect(outcome.keptCount).toBe(isStored.filter((one) => !one).length);
  }

  /** As the tally of a process tells it, sometimes twice. */
  async #use(): Promise<void> {
    const { random, nowMs, model } = this;
    const keys = KEYS.filter(() => random.int(0, 2) === 0);
    if (sliceOf(nowMs) !== this.#slice) {
      this.#slice = sliceOf(nowMs);
      Object.assign(this.#totals, { hits: 0, negativeHits: 0, misses: 0 });
    }
    const found = await s.store.transcriptCache.listTranscripts(keys, nowMs);
    for (const [index, key] of keys.entries()) {
      const entry = found[index] ?? null;
      const expected = model.lookUp(key, nowMs);
      expect([key, entry?.errorCode ?? null, (await entry?.segments()) ?? null]).toEqual([
        key,
        expected === null || 'segments' in expected.content ? null : expected.content.errorCode,
        expected === null ? null : 'segments' in expected.content ? expected.content.segments : [],
      ]);
      model.use(key, nowMs);
      this.#totals[entry === null ? 'misses' : entry.errorCode === null ? 'hits' : 'negativeHits'] += 1;
    }
    if (keys.length === 0) return;
    const command = {
      kind: 'recordLookups',
      slice: this.#slice,
      instanceId: 7,
      ...this.#totals,
      accesses: found.flatMap((entry) =>
        entry === null ? [] : [{ videoId: entry.videoId, count: 1, lastMs: nowMs }],
      ),
    } as const;
    for (let times = random.int(1, 2); times > 0; times -= 1) await s.store.apply([[command]], nowMs);
  }

  async #createJob(): Promise<void> {
    const { random, nowMs, model } = this;
    const jobUuid = random.pick(JOBS);
    const keys = KEYS.filter(() => random.int(0, 2) === 0);
    const none = { playlistKey: null, playlistUrl: null, playlistTitle: null, metadataJson: null };
    const videos = keys.map((key) => transcript(key).video);
    const isNew = await s.store.transcripts.createExtractionJob(
      { jobUuid, type: 1, expectedCount: 0, videos, ...none },
      nowMs,
    );
    // The model of a job that is there leaves unknown videos unknown, as the store does.
    expect(isNew).toBe(model.jobs.has(jobUuid) ? false : model.createJob(jobUuid, keys, nowMs));
  }

  async #move(): Promise<void> {
    const jobUuid = this.random.pick(JOBS);
    const to = this.random.pick(STATUSES);
    const isMoved = await s.store.transcripts.moveExtractionJob(
      { jobUuid, to, errorCode: null, errorMessage: null },
      this.nowMs,
    );
    expect(isMoved).toBe(this.model.move(jobUuid, to));
  }

  async #delete(): Promise<void> {
    const key = this.random.pick(KEYS);
    expect(await s.store.transcriptCache.deleteTranscript(key)).toBe(this.model.delete(key));
  }

  async #evict(): Promise<void> {
    const { random, nowMs, model } = this;
    if (random.int(0, 2) === 0) {
      const count = random.int(1, 3);
      await s.store.transcriptCache.evictOldest(count, nowMs, never);
      model.evictOldest(count, nowMs);
      return;
    }
    const limits = { maxEntries: random.pick([0, 3, 6]), maxBytes: random.pick([0, 900, 2_000]) };
    await s.store.transcriptCache.evict(limits, nowMs, never);
    model.evict(limits, nowMs);
  }

  /** Everything that can be asked. */
  async compare(): Promise<void> {
    const { model, nowMs } = this;
    const entries = await s.rows(
      `SELECT v.video_key, t.access_count, t.last_accessed_at_ms FROM trx_transcripts t
       JOIN imm_videos v ON v.video_id = t.video_id ORDER BY v.video_key`,
    );
    expect(entries.map(([key, ...numbers]) => [key, ...numbers.map(Number)])).toEqual(
      [...model.entries].map(([key, { uses, lastMs }]) => [key, uses, lastMs]).toSorted(),
    );
    const stats = await s.store.transcriptCache.summarizeCache(nowMs);
    const { hits, negativeHits, misses, evicted } = model.counts;
    const put = [...model.entries.values()].map(({ putMs }) => putMs);
    expect(stats).toMatchObject({
      ...{ entriesCount: model.entries.size, hits, negativeHits, misses, evictedCount: evicted },
      storedBytes: [...model.entries.values()].reduce((sum, { bytes }) => sum + bytes, 0),
      oldestMs: put.length === 0 ? null : Math.min(...put),
      newestMs: put.length === 0 ? null : Math.max(...put),
    });
    for (const word of WORDS) {
      const query = parseSearchQuery(word);
      const { rows } = await s.store.transcriptCache.listHits(query, { language: null }, nowMs, ALL);
      const videos = await s.store.immersion.listVideosByIds([
        ...new Set(rows.map(({ videoId }) => videoId)),
      ]);
      expect(videos.map(({ videoKey }) => videoKey).toSorted()).toEqual(model.find(word, nowMs));
    }
    for (const [jobUuid, job] of model.jobs) await this.#compareJob(jobUuid, job);
    const [attempts] = await s.rows('SELECT COUNT(*) FROM trx_results WHERE job_id = 0');
    expect(attempts).toEqual([model.attempts.size]);
  }

  async #compareJob(
    jobUuid: string,
    { status, results, keys }: TranscriptModel['jobs'] extends Map<string, infer Job> ? Job : never,
  ): Promise<void> {
    const stored = (await s.store.transcripts.getExtractionJob(jobUuid))!;
    const [progress] = await s.store.transcripts.listExtractionProgress([stored.jobId]);
    const all = [...results.values()];
    expect([stored.status, progress]).toEqual([
      status,
      {
        totalCount: keys.size,
        processedCount: all.length,
        succeededCount: all.filter(({ isSuccess }) => isSuccess).length,
        failedCount: all.filter(({ isSuccess }) => !isSuccess).length,
        cachedCount: all.filter(({ isCached }) => isCached).length,
      },
    ]);
  }
}

describe('the transcript cache and its jobs', () => {
  it.each([1, 2, 3])('agree with the model after every deed of history %s', async (seed) => {
    const history = new History(new Random(seed));
    for (let step = 0; step < STEPS; step += 1) {
      await history.step();
      if (step % 10 === 9) await history.compare();
    }
    await s.store.maintenance.rebuildSearch(never, () => undefined);
    await history.compare();
  });
});
