import { sliceOf, type Clock } from '../domain/time.js';
import type { LookedUp, LookupCounter, RecordLookupsCommand } from '../domain/transcripts/lookups.js';
import type { CommandSink } from '../domain/write-command.js';

/** How long a lookup waits until it is on its way to the writer, ms. */
const INTERVAL_MS = 500;
/** Different entries after which a command is sent at once: it has at most these and those of one more lookup. */
const MAX_ACCESSES = 1_000;

export interface LookupTallyOptions {
  readonly sink: CommandSink;
  readonly clock: Clock;
  readonly random: () => number;
}

/**
 * Gathers lookups, so that a thousand of them are one command. Lost with a command are only the times of access that it
 * told; hits and misses are running totals of this process in the slice, and come again with the next one.
 */
export class LookupTally implements LookupCounter {
  readonly #o: LookupTallyOptions;
  readonly #instanceId: number;
  #totals = { slice: 0, hits: 0, negativeHits: 0, misses: 0 };
  #accesses = new Map<number, { count: number; lastMs: number }>();
  #hasNew = false;
  #cancelTimer: (() => void) | null = null;

  constructor(options: LookupTallyOptions) {
    this.#o = options;
    this.#instanceId = 1 + Math.floor(options.random() * (Number.MAX_SAFE_INTEGER - 1));
  }

  count(found: readonly LookedUp[]): void {
    if (found.length === 0) return;
    const nowMs = this.#o.clock.now();
    const slice = sliceOf(nowMs);
    if (slice !== this.#totals.slice) {
      this.flush();
      this.#totals = { slice, hits: 0, negativeHits: 0, misses: 0 };
    }
    for (const entry of found) this.#countOne(entry, nowMs);
    if (this.#accesses.size >= MAX_ACCESSES) this.flush();
    else this.#cancelTimer ??= this.#o.clock.setTimer(() => this.flush(), INTERVAL_MS);
  }

  /** Hands over what was counted; does nothing when there is nothing new. */
  flush(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    if (!this.#hasNew) return;
    this.#hasNew = false;
    const accesses = [...this.#accesses].map(([videoId, access]) => ({ videoId, ...access }));
    this.#accesses = new Map();
    const command: RecordLookupsCommand = {
      kind: 'recordLookups',
      instanceId: this.#instanceId,
      ...this.#totals,
      accesses,
    };
    this.#o.sink.enqueue([command], 'QUEUED');
  }

  #countOne(entry: LookedUp, nowMs: number): void {
    this.#hasNew = true;
    if (entry === null) {
      this.#totals.misses += 1;
      return;
    }
    this.#totals[entry.errorCode === null ? 'hits' : 'negativeHits'] += 1;
    const known = this.#accesses.get(entry.videoId);
    this.#accesses.set(entry.videoId, { count: (known?.count ?? 0) + 1, lastMs: nowMs });
  }
}
