import { ExtractionJobStatus, ExtractionJobType, ResultOrigin } from '../../domain/transcripts/enums.js';
import { builder } from '../builder.js';
import { values } from '../shared/integer-enum.js';

export const ExtractionJobStatusEnum = builder.enumType('ExtractionJobStatus', {
  values: values(ExtractionJobStatus),
  description: 'COMPLETED, FAILED and ABORTED are ends: such a job never changes again.',
});
export const ExtractionJobTypeEnum = builder.enumType('ExtractionJobType', {
  values: values(ExtractionJobType),
});
export const ResultOriginEnum = builder.enumType('ResultOrigin', {
  values: values(ResultOrigin),
  description: 'Who answered a video of a job: the transcript cache, or an extraction.',
});
