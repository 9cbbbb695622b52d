import { notFound } from '../../domain/errors.js';
import { ResultOrigin } from '../../domain/transcripts/enums.js';
import type { ExtractionResult as ResultModel } from '../../domain/transcripts/jobs.js';
import { builder } from '../builder.js';
import { Video } from '../immersion/video.js';
import { known } from '../shared/integer-enum.js';
import { showable } from '../shared/scalars.js';
import { ResultOriginEnum } from './enums.js';

export const ExtractionResult = builder.objectRef<ResultModel>('ExtractionResult').implement({
  description: 'What came of one video of a job. Recorded once, never changed.',
  fields: (t) => ({
    video: t.field({
      type: Video,
      async resolve({ videoId }, _args, { loaders }) {
        const video = await loaders.video.load(videoId);
        if (video === null) throw notFound('The video of this result was just removed');
        return video;
      },
    }),
    origin: t.field({ type: ResultOriginEnum, resolve: (r) => known(ResultOrigin, r.origin) }),
    isSuccess: t.boolean({ resolve: ({ errorCode }) => errorCode === null }),
    source: t.exposeString('source', { nullable: true, description: 'Where the transcript came from.' }),
    errorCode: t.exposeString('errorCode', { nullable: true, description: 'Null is a success.' }),
    errorMessage: t.exposeString('errorMessage', { nullable: true }),
    extractionMs: t.expose('extractionMs', {
      type: 'SafeInt',
      nullable: true,
      description: 'How long the extraction took; null where nobody measured, or the cache answered.',
    }),
    extractedAt: t.field({
      type: 'DateTime',
      description: 'When the extraction ended, or the cache answered.',
      resolve: ({ extractedAtMs }) => showable(extractedAtMs),
    }),
    recordedAt: t.field({ type: 'DateTime', resolve: ({ recordedAtMs }) => showable(recordedAtMs) }),
  }),
});

export const ExtractionResultConnection = builder.connectionObject(
  { type: ExtractionResult, name: 'ExtractionResultConnection' },
  { name: 'ExtractionResultEdge' },
);
