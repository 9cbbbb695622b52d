import { TREND_BUCKETS } from '../../domain/bucket.js';
import { EventType, SessionStatus, SourceType, SubtitleMode } from '../../domain/immersion/enums.js';
import { REJECTION_CODES } from '../../domain/immersion/ingest-items.js';
import { VIDEO_ORDERS } from '../../domain/immersion/types.js';
import { DURABILITIES } from '../../domain/write-command.js';
import { builder } from '../builder.js';
import { values } from '../shared/integer-enum.js';

const UNKNOWN_NOTE = 'UNKNOWN is what a newer version wrote; it cannot be sent.';

export const SourceTypeEnum = builder.enumType('SourceType', {
  values: values(SourceType),
  description: UNKNOWN_NOTE,
});
export const SessionStatusEnum = builder.enumType('SessionStatus', {
  values: values(SessionStatus),
  description: `ABANDONED is a session whose client went away. ${UNKNOWN_NOTE}`,
});
export const EventTypeEnum = builder.enumType('EventType', {
  values: values(EventType),
  description: UNKNOWN_NOTE,
});
export const SubtitleModeEnum = builder.enumType('SubtitleMode', {
  values: values(SubtitleMode),
  description: UNKNOWN_NOTE,
});
export const DurabilityEnum = builder.enumType('Durability', {
  description: 'QUEUED answers at once; COMMITTED answers after the commit that holds the request.',
  values: DURABILITIES,
});
export const TrendBucketEnum = builder.enumType('TrendBucket', { values: TREND_BUCKETS });
export const VideoOrderEnum = builder.enumType('VideoOrder', { values: VIDEO_ORDERS });
export const RejectionCodeEnum = builder.enumType('RejectionCode', { values: REJECTION_CODES });
