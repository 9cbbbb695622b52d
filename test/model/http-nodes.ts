import type { RollupAnswer } from './answers.js';
import {
  codeOf,
  FIGURES,
  figuresOfFields,
  msOf,
  STATUSES,
  SUBTITLE_MODES,
  type FigureFields,
} from './http-words.js';

export const SESSION = `sessionUuid video { videoKey } startedAt endedAt status locale targetLanguage difficultyTier
  subtitleMode totals { ${FIGURES} samples lastSampleAt } droppedSamples isComplete`;
export interface SessionNode {
  readonly sessionUuid: string;
  readonly video: { readonly videoKey: string };
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly status: string;
  readonly locale: string | null;
  readonly targetLanguage: string | null;
  readonly difficultyTier: number | null;
  readonly subtitleMode: string | null;
  readonly totals: FigureFields & { readonly samples: number; readonly lastSampleAt: string | null };
  readonly droppedSamples: number;
  readonly isComplete: boolean;
}

export interface EventNode {
  readonly tsMs: number;
  readonly type: string;
  readonly clientSeq: number;
  readonly lineIndex: number | null;
  readonly segmentStartMs: number | null;
  readonly segmentEndMs: number | null;
  readonly wordsDelta: number;
  readonly cardsDelta: number;
  readonly payload: unknown;
}

export const ROLLUP = `video { videoKey } sessions activeMin linesSeen wordsSeen tokensSeen cardsMined cardsPerHour
  wordsPerMin lookupHitRate isImported`;
export type RollupNode = Omit<RollupAnswer, 'key' | 'videoKey'> & {
  readonly video: { readonly videoKey: string } | null;
};
export const rollupOf = (key: number, { video, ...rest }: RollupNode): RollupAnswer => ({
  ...rest,
  key,
  videoKey: video?.videoKey ?? null,
});

export type Ranged = FigureFields & { readonly from: string; readonly to: string };
export const ofRange = ({ from, to, ...fields }: Ranged) => ({
  fromMs: Date.parse(from),
  toMs: Date.parse(to),
  figures: figuresOfFields(fields),
});

export function toSession(node: SessionNode) {
  const { video, startedAt, endedAt, status, subtitleMode, totals, droppedSamples, ...rest } = node;
  return {
    ...rest,
    videoKey: video.videoKey,
    startedAtMs: Date.parse(startedAt),
    endedAtMs: msOf(endedAt),
    status: codeOf(STATUSES, status),
    subtitleMode: subtitleMode === null ? null : codeOf(SUBTITLE_MODES, subtitleMode),
    totals: figuresOfFields(totals),
    lastSampleMs: msOf(totals.lastSampleAt),
    samplesCount: totals.samples,
    droppedCount: droppedSamples,
  };
}
