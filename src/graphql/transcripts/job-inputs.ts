import { SourceType } from '../../domain/immersion/enums.js';
import { toExtractionVideo, type ExtractionVideoItem } from '../../domain/transcripts/job-input.js';
import type { ExtractionVideo } from '../../domain/transcripts/jobs.js';
import { builder } from '../builder.js';
import { SourceTypeEnum } from '../immersion/enums.js';
import { askable } from '../shared/integer-enum.js';
import { ExtractionJobTypeEnum } from './enums.js';

type VideoInput = Omit<ExtractionVideoItem, 'sourceType'> & {
  readonly sourceType?: number | null | undefined;
};

/** Throws BAD_USER_INPUT. */
export function toVideo(item: VideoInput): ExtractionVideo {
  const sourceType = item.sourceType == null ? null : askable(SourceType, item.sourceType);
  return toExtractionVideo({ ...item, sourceType });
}

export const ExtractionVideoInput = builder.inputType('ExtractionVideoInput', {
  description: 'Of a video that is known already only the key counts.',
  fields: (t) => ({
    videoKey: t.string({ required: true }),
    title: t.string({ description: 'The key when absent.' }),
    sourceType: t.field({ type: SourceTypeEnum, description: 'REMOTE when absent.' }),
    sourceUrl: t.string(),
  }),
});

export const CreateExtractionJobInput = builder.inputType('CreateExtractionJobInput', {
  fields: (t) => ({
    jobUuid: t.field({
      type: 'UUID',
      description: 'Made by the server when absent; send your own to retry safely.',
    }),
    type: t.field({ type: ExtractionJobTypeEnum, required: true }),
    videos: t.field({
      type: [ExtractionVideoInput],
      required: true,
      description: 'At most 1000. Results may bring more.',
    }),
    playlistKey: t.string(),
    playlistUrl: t.string(),
    playlistTitle: t.string(),
    expectedCount: t.int({ description: 'How many videos there will be, when more than are listed.' }),
    metadata: t.field({ type: 'JSON', description: 'At most 4096 bytes.' }),
  }),
});

const ExtractionResultInput = builder.inputType('ExtractionResultInput', {
  description: 'Without an errorCode it is a success.',
  fields: (t) => ({
    video: t.field({ type: ExtractionVideoInput, required: true }),
    source: t.string({ description: 'Where the transcript came from: captions, asr.' }),
    errorCode: t.string(),
    errorMessage: t.string(),
    extractionMs: t.field({ type: 'SafeInt', description: 'How long the extraction took.' }),
    extractedAtMs: t.field({ type: 'EpochMs', description: 'Now when absent.' }),
  }),
});

export const RecordExtractionResultsInput = builder.inputType('RecordExtractionResultsInput', {
  fields: (t) => ({
    jobUuid: t.field({ type: 'UUID', required: true }),
    results: t.field({ type: [ExtractionResultInput], required: true, description: 'At most 1000.' }),
  }),
});

export const FailExtractionJobInput = builder.inputType('FailExtractionJobInput', {
  fields: (t) => ({
    jobUuid: t.field({ type: 'UUID', required: true }),
    errorCode: t.string({ required: true }),
    errorMessage: t.string(),
  }),
});
