import { sliceOf } from '../../src/domain/time.js';
import type { CacheLimits, NewTranscript } from '../../src/domain/transcripts/cache.js';
import { ExtractionJobStatus } from '../../src/domain/transcripts/enums.js';

interface Entry {
  transcript: NewTranscript;
  /** Order in which the video became known: it breaks ties. */
  readonly order: number;
  bytes: number;
  putMs: number;
  lastMs: number;
  uses: number;
}

interface ModelJob {
  status: ExtractionJobStatus;
  /** By key: whether it succeeded, and who answered. */
  readonly results: Map<string, { readonly isSuccess: boolean; readonly isCached: boolean }>;
  readonly keys: Set<string>;
}

const isFailure = ({ content }: NewTranscript): boolean => !('segments' in content);

/** What the transcript cache and the extraction jobs must do, in plain maps and loops. */
export class TranscriptModel {
  readonly entries = new Map<string, Entry>();
  readonly jobs = new Map<string, ModelJob>();
  /** Extractions outside of a job: key and instant. */
  readonly attempts = new Set<string>();
  readonly #orders = new Map<string, number>();
  readonly counts = { hits: 0, negativeHits: 0, misses: 0, evicted: 0 };
  readonly evictedBySlice = new Map<number, number>();

  /** Answers whether the entry took its place. `bytes` is what the store says the entry takes. */
  put(transcript: NewTranscript, jobUuid: string | null, bytes: number, nowMs: number): boolean {
    const key = transcript.video.videoKey;
    this.#know(key);
    this.#extracted(transcript, jobUuid);
    const known = this.entries.get(key);
    const answers = known !== undefined && this.#answers(known, nowMs);
    if (isFailure(transcript) && answers && !isFailure(known.transcript)) return false;
    this.entries.set(key, {
      transcript,
      bytes,
      order: this.#orders.get(key) ?? 0,
      putMs: nowMs,
      lastMs: Math.max(nowMs, known?.lastMs ?? 0),
      uses: known?.uses ?? 0,
    });
    return true;
  }

  lookUp(key: string, nowMs: number): NewTranscript | null {
    const entry = this.entries.get(key);
    return entry !== undefined && this.#answers(entry, nowMs) ? entry.transcript : null;
  }

  use(key: string, nowMs: number): void {
    const entry = this.entries.get(key);
    if (entry === undefined || !this.#answers(entry, nowMs)) {
      this.counts.misses += 1;
      return;
    }
    this.counts[isFailure(entry.transcript) ? 'negativeHits' : 'hits'] += 1;
    entry.uses += 1;
    entry.lastMs = Math.max(entry.lastMs, nowMs);
  }

  delete(key: string): boolean {
    return this.entries.delete(key);
  }

  evict({ maxEntries, maxBytes }: CacheLimits, nowMs: number): void {
    for (const [key, entry] of this.entries) if (!this.#answers(entry, nowMs)) this.#evictOne(key, nowMs);
    const bytes = (): number => [...this.entries.values()].reduce((sum, one) => sum + one.bytes, 0);
    while ((maxEntries > 0 && this.entries.size > maxEntries) || (maxBytes > 0 && bytes() > maxBytes)) {
      this.evictOldest(1, nowMs);
    }
  }

  evictOldest(count: number, nowMs: number): void {
    const order = [...this.entries].toSorted(([, a], [, b]) => a.lastMs - b.lastMs || a.order - b.order);
    for (const [key] of order.slice(0, count)) this.#evictOne(key, nowMs);
  }

  createJob(jobUuid: string, keys: readonly string[], nowMs: number): boolean {
    keys.forEach((key) => this.#know(key));
    if (this.jobs.has(jobUuid)) return false;
    const job: ModelJob = { status: ExtractionJobStatus.PENDING, results: new Map(), keys: new Set(keys) };
    for (const key of keys) {
      const found = this.lookUp(key, nowMs);
      if (found !== null) job.results.set(key, { isSuccess: !isFailure(found), isCached: true });
    }
    this.jobs.set(jobUuid, job);
    return true;
  }

  move(jobUuid: string, to: ExtractionJobStatus): boolean {
    const job = this.jobs.get(jobUuid);
    const isOpen = job !== undefined && job.status <= ExtractionJobStatus.PROCESSING && to > job.status;
    if (isOpen) job.status = to;
    return isOpen;
  }

  /** Keys of the entries that hold a word and answer. */
  find(word: string, nowMs: number): string[] {
    return [...this.entries]
      .filter(([, { transcript, ...entry }]) => {
        if (!this.#answers({ transcript, ...entry }, nowMs) || !('segments' in transcript.content))
          return false;
        return transcript.content.segments.some(({ text }) => text.split(' ').includes(word));
      })
      .map(([key]) => key)
      .toSorted();
  }

  #know(key: string): void {
    if (!this.#orders.has(key)) this.#orders.set(key, this.#orders.size);
  }

  #answers({ transcript }: Pick<Entry, 'transcript'>, nowMs: number): boolean {
    return transcript.expiresAtMs === null || transcript.expiresAtMs > nowMs;
  }

  #extracted(transcript: NewTranscript, jobUuid: string | null): void {
    const key = transcript.video.videoKey;
    if (jobUuid === null) {
      this.attempts.add(`${key} ${transcript.extractedAtMs}`);
      return;
    }
    const job = this.jobs.get(jobUuid);
    if (job === undefined || job.status > ExtractionJobStatus.PROCESSING) return;
    job.status = ExtractionJobStatus.PROCESSING;
    job.keys.add(key);
    if (!job.results.has(key)) job.results.set(key, { isSuccess: !isFailure(transcript), isCached: false });
  }

  #evictOne(key: string, nowMs: number): void {
    this.entries.delete(key);
    this.counts.evicted += 1;
    const slice = sliceOf(nowMs);
    this.evictedBySlice.set(slice, (this.evictedBySlice.get(slice) ?? 0) + 1);
  }
}
