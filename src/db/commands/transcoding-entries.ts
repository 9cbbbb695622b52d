import { EntryStatus, TranscodingJobStatus } from '../../domain/library/enums.js';
import type { Statement } from '../backend.js';

const { PENDING, FAILED } = TranscodingJobStatus;
const INTEGER = 'CAST(? AS BIGINT)';

/** An entry that can be played stays so, whatever becomes of another attempt. */
export function entryFollows(
  to: EntryStatus,
  from: readonly EntryStatus[],
  key: 'job_uuid' | 'claim_uuid',
  uuid: string,
  jobStatus: TranscodingJobStatus,
  nowMs: number,
): Statement {
  return {
    sql: `UPDATE lib_entries SET status = ${to}, error_message = NULL, updated_at_ms = ${INTEGER}
        WHERE status IN (${from.join(', ')}) AND video_id =
          (SELECT video_id FROM lib_transcoding_jobs WHERE ${key} = ? AND status = ${jobStatus})`,
    params: [nowMs, uuid],
  };
}

export function entriesFollowLoss(videoIds: string, param: string, nowMs: number): Statement[] {
  const job = 'SELECT 1 FROM lib_transcoding_jobs j WHERE j.video_id = lib_entries.video_id AND j.status';
  return [
    {
      sql: `UPDATE lib_entries SET status = ${EntryStatus.PENDING}, updated_at_ms = ${INTEGER}
          WHERE status = ${EntryStatus.PROCESSING} AND video_id ${videoIds} AND EXISTS (${job} = ${PENDING})`,
      params: [nowMs, param],
    },
    {
      sql: `UPDATE lib_entries SET status = ${EntryStatus.FAILED}, updated_at_ms = ${INTEGER}, error_message =
            (SELECT j.last_error FROM lib_transcoding_jobs j WHERE j.video_id = lib_entries.video_id)
          WHERE status IN (${EntryStatus.PENDING}, ${EntryStatus.PROCESSING}) AND video_id ${videoIds}
          AND EXISTS (${job} = ${FAILED})`,
      params: [nowMs, param],
    },
  ];
}
