import fc from 'fast-check';
import type { RecordSampleCommand, StartSessionCommand } from '../../src/domain/immersion/commands.js';
import type { EventType } from '../../src/domain/immersion/enums.js';
import type { VideoFields } from '../../src/domain/immersion/types.js';
import type { WriteCommand } from '../../src/domain/write-command.js';
import { NOW } from './instants.js';

const MINUTE = 60_000;
export const sessionUuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
export const videoKeyOf = (n: number): string => `local:/films/${n}.mkv`;

/** What one client does during one session; from it follow its requests. */
export interface SessionPlan {
  readonly video: number;
  /** Minutes from the instant the session is placed around. */
  readonly offsetMin: number;
  /** Moves everything by some ms, so that edges of slices are met exactly and missed narrowly. */
  readonly shiftMs: number;
  readonly starts: readonly StartPlan[];
  readonly samples: readonly SamplePlan[];
  readonly events: readonly EventPlan[];
  /** Minutes after the last sample. */
  readonly ends: readonly number[];
}

interface StartPlan {
  readonly laterMin: number;
  readonly language: string | null;
  readonly tier: number | null;
  readonly durationMs: number | null;
  readonly codec: string | null;
}

interface SamplePlan {
  readonly gapMs: number;
  /** Seconds played, seconds beside, and small steps of the other counters. */
  readonly growth: readonly number[];
  /** The client began to count anew. */
  readonly isRestart: boolean;
}

interface EventPlan {
  readonly atMin: number;
  readonly type: EventType;
  readonly seq: number;
  readonly words: number;
}

const start: fc.Arbitrary<StartPlan> = fc.record({
  laterMin: fc.constantFrom(0, 0, 1, -20, -200, 45),
  language: fc.constantFrom(null, 'ja', 'pt-BR'),
  tier: fc.constantFrom(null, 0, 3),
  durationMs: fc.constantFrom(null, 1_440_000),
  codec: fc.constantFrom(null, 'hevc'),
});

const sample: fc.Arbitrary<SamplePlan> = fc.record({
  gapMs: fc.constantFrom(
    ...[0, 1_000, 10_000, 60_000, 300_000, 899_999, 900_000, 1_800_000, 5_400_000],
    ...[20, 26, 200, 750].map((hours) => hours * 60 * MINUTE),
  ),
  growth: fc.oneof(
    { weight: 4, arbitrary: fc.array(fc.nat(9), { minLength: 13, maxLength: 13 }) },
    { weight: 1, arbitrary: fc.constant([]) },
  ),
  isRestart: fc.nat(7).map((n) => n === 7),
});

const event: fc.Arbitrary<EventPlan> = fc.record({
  atMin: fc.integer({ min: -30, max: 600 }),
  type: fc.constantFrom(1, 3, 4, 9),
  seq: fc.nat(2),
  words: fc.integer({ min: -2, max: 9 }),
});

export const sessionPlan = (startCounts: readonly number[]): fc.Arbitrary<SessionPlan> =>
  fc.record({
    video: fc.nat(2),
    offsetMin: fc.integer({ min: -150, max: 60 }),
    shiftMs: fc.constantFrom(0, 0, -1, 1, 450_000),
    starts: fc
      .constantFrom(...startCounts)
      .chain((count) => fc.array(start, { minLength: count, maxLength: count })),
    samples: fc.array(sample, { maxLength: 9 }),
    events: fc.array(event, { maxLength: 4 }),
    ends: fc.oneof(fc.constant([]), fc.array(fc.constantFrom(0, 1, 30, -10, -400), { maxLength: 2 })),
  });

export const videoFields = (n: number, known: Partial<VideoFields>): VideoFields => ({
  videoKey: videoKeyOf(n),
  title: `Film ${n}`,
  sourceType: 1,
  ...{ sourcePath: null, sourceUrl: null, durationMs: null, widthPx: null, heightPx: null, codec: null },
  ...{ container: null, audioCodec: null, fpsX100: null, bitrateKbps: null, fileSizeBytes: null },
  ...{ hashSha256: null, screenshotPath: null, metadataJson: null },
  ...known,
});

/** The commands of one session in the order in which they happened, each with its instant. */
export function commandsOf(plan: SessionPlan, n: number, anchorMs: number): [atMs: number, WriteCommand][] {
  const beginMs = anchorMs + plan.offsetMin * MINUTE + plan.shiftMs;
  const uuid = sessionUuid(n);
  const starts = plan.starts.map((s): StartSessionCommand => ({
    ...{ kind: 'startSession', sessionUuid: uuid, startedAtMs: beginMs + s.laterMin * MINUTE },
    video: videoFields(plan.video, { durationMs: s.durationMs, codec: s.codec }),
    ...{ locale: null, targetLanguage: s.language, difficultyTier: s.tier, subtitleMode: null },
    receivedAtMs: NOW,
  }));
  const samples = samplesOf(plan, uuid, beginMs);
  const events = plan.events.map(({ atMin, type, seq, words }): WriteCommand => ({
    ...{ kind: 'recordEvent', sessionUuid: uuid },
    event: {
      // The number follows from the content, so a copy is a copy.
      ...{ tsMs: beginMs + atMin * MINUTE, type, clientSeq: seq * 1_000 + type * 100 + words + 2 },
      ...{ lineIndex: seq, segmentStartMs: null, segmentEndMs: null, wordsDelta: words, cardsDelta: 0 },
      payloadJson: seq === 0 ? null : JSON.stringify({ words }),
    },
  }));
  const lastMs = Math.max(beginMs, ...samples.map(({ sampleMs }) => sampleMs));
  const ends = plan.ends.map((laterMin): WriteCommand => ({
    ...{ kind: 'endSession', sessionUuid: uuid, receivedAtMs: NOW },
    endedAtMs: lastMs + laterMin * MINUTE,
  }));
  return [...starts, ...samples, ...events, ...ends].map((command) => [instantOf(command), command]);
}

function samplesOf({ samples }: SessionPlan, uuid: string, beginMs: number): RecordSampleCommand[] {
  let sampleMs = beginMs;
  let counters = Array.from({ length: 13 }, () => 0);
  return samples.map(({ gapMs, growth, isRestart }) => {
    sampleMs += gapMs;
    if (isRestart) counters = counters.map(() => 0);
    const [played = 0, beside = 0, lines = 0, words = 0, tokens = 0, cards = 0, hits = 0, misses = 0] =
      growth;
    const others = [8, 9, 10, 11, 12].map((i) => growth[i] ?? 0);
    const grown = [
      ...[(played + beside) * 7_001, played * 7_001, lines, words * 11, tokens * 13, cards],
      ...[hits + misses, hits, ...others],
    ];
    counters = counters.map((value, i) => value + (grown[i] ?? 0));
    return { kind: 'recordSample', sessionUuid: uuid, sampleMs, counters };
  });
}

function instantOf(command: WriteCommand): number {
  switch (command.kind) {
    case 'startSession':
      return command.startedAtMs;
    case 'recordSample':
      return command.sampleMs;
    case 'recordEvent':
      return command.event.tsMs;
    case 'endSession':
      return command.endedAtMs;
    default:
      return 0;
  }
}
