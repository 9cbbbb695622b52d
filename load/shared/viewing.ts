/** Made-up viewing. Samples carry running totals, as a player sends them. */

export interface Sample {
  sampleMs: number;
  [counter: string]: number;
}

const RUN = __ENV.KINOSTAT_LOAD_RUN || 'manual';
/** Of every video. */
export const DURATION_MS = 1_440_000;
/** Reconciliation walks the sessions of these videos; see reconcile.mjs. */
export const VIDEO_COUNT = 4;

export const videoKeyOf = (n: number): string => `load:${RUN}:${n % VIDEO_COUNT}`;

export function videoOf(n: number): object {
  return {
    videoKey: videoKeyOf(n),
    title: `Load ${n % VIDEO_COUNT}`,
    sourceType: 'REMOTE',
    sourceUrl: `https://example.org/load/${n % VIDEO_COUNT}`,
    durationMs: DURATION_MS,
    codec: 'h264',
    container: 'matroska',
  };
}

/** One client with one session: it hands out the next samples and events, and never the same twice. */
export class Viewing {
  readonly sessionUuid = crypto.randomUUID();
  samplesCount = 0;
  private eventsCount = 0;

  constructor(
    readonly videoNumber: number,
    readonly startedAtMs: number,
    private readonly sampleEveryMs: number,
  ) {}

  samples(count: number): Sample[] {
    return Array.from({ length: count }, () => {
      this.samplesCount += 1;
      return sampleAt(this.startedAtMs, this.samplesCount, this.sampleEveryMs);
    });
  }

  events(count: number): object[] {
    return Array.from({ length: count }, () => {
      this.eventsCount += 1;
      const n = this.eventsCount;
      const type = n % 5 === 0 ? 'LOOKUP' : n % 7 === 0 ? 'CARD_MINED' : 'SUBTITLE_LINE';
      return {
        tsMs: this.startedAtMs + n * 700,
        type,
        clientSeq: n,
        lineIndex: n,
        wordsDelta: type === 'SUBTITLE_LINE' ? 7 : 0,
        cardsDelta: type === 'CARD_MINED' ? 1 : 0,
        payload: type === 'LOOKUP' ? { word: 'harbour', isFound: true } : null,
      };
    });
  }

  get endedAtMs(): number {
    return this.startedAtMs + this.samplesCount * this.sampleEveryMs;
  }
}

function sampleAt(startedAtMs: number, n: number, everyMs: number): Sample {
  return {
    sampleMs: startedAtMs + n * everyMs,
    totalWatchedMs: n * everyMs,
    activeWatchedMs: Math.floor(n * everyMs * 0.9),
    linesSeen: n * 2,
    wordsSeen: n * 14,
    tokensSeen: n * 24,
    cardsMined: Math.floor(n / 20),
    lookupCount: Math.floor(n / 6),
    lookupHits: Math.floor(n / 7),
    pauseCount: Math.floor(n / 10),
    pauseMs: Math.floor(n / 10) * 900,
    seekForwardCount: Math.floor(n / 90),
    seekBackwardCount: Math.floor(n / 25),
    mediaBufferEvents: Math.floor(n / 200),
  };
}
