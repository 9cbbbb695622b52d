import { QualityStatus, TranscodingJobStatus } from '../../domain/library/enums.js';
import type { Claim, QualityReport } from '../../domain/library/transcoding.js';
import type { Statement } from '../backend.js';
import { DictionaryWords } from './videos.js';

const { COMPLETED, PROCESSING } = TranscodingJobStatus;
const TEXT = 'CAST(? AS TEXT)';
const INTEGER = 'CAST(? AS BIGINT)';

/** `?` job, claim, now: the claim is the last one and its lease lasts. */
export const HELD = `job_uuid = ? AND claim_uuid = ? AND status = ${PROCESSING} AND lease_expires_at_ms > ?`;
export const held = ({ jobUuid, claimUuid }: Claim, nowMs: number) => [jobUuid, claimUuid, nowMs] as const;

const ADD_QUALITY = `INSERT INTO lib_quality_progress (job_id, quality_id)
  SELECT j.job_id, q.id FROM lib_transcoding_jobs j CROSS JOIN sys_qualities q
  WHERE j.job_uuid = ? AND j.claim_uuid = ? AND j.status = ${PROCESSING} AND j.lease_expires_at_ms > ? AND q.name = ?
  ON CONFLICT DO NOTHING`;

const { IN_PROGRESS } = QualityStatus;
/** How many segments there will be is an estimate, which more completed ones correct. What is done with stays so; a status, a percentage or a count of segments that is behind what is stored changes nothing. */
const ADVANCE_QUALITY = `UPDATE lib_quality_progress SET status = ${INTEGER},
  segments_total = CASE WHEN COALESCE(${INTEGER}, segments_completed) > COALESCE(${INTEGER}, segments_total)
    THEN COALESCE(${INTEGER}, segments_completed) ELSE COALESCE(${INTEGER}, segments_total) END,
  segments_completed = CASE WHEN ${INTEGER} = ${QualityStatus.COMPLETED}
    THEN COALESCE(${INTEGER}, ${INTEGER}, segments_total, segments_completed) ELSE COALESCE(${INTEGER}, segments_completed) END,
  progress_percent = CASE WHEN ${INTEGER} = ${QualityStatus.COMPLETED} THEN 100 ELSE COALESCE(${INTEGER}, progress_percent) END,
  width_px = COALESCE(${INTEGER}, width_px), height_px = COALESCE(${INTEGER}, height_px),
  bitrate_kbps = COALESCE(${INTEGER}, bitrate_kbps), error_message = ${TEXT},
  started_at_ms = CASE WHEN ${INTEGER} = ${QualityStatus.PENDING} THEN started_at_ms ELSE COALESCE(started_at_ms, ${INTEGER}) END,
  completed_at_ms = CASE WHEN ${INTEGER} = ${QualityStatus.COMPLETED} THEN COALESCE(completed_at_ms, ${INTEGER}) END
  WHERE job_id = (SELECT job_id FROM lib_transcoding_jobs WHERE ${HELD})
  AND quality_id = (SELECT id FROM sys_qualities WHERE name = ?)
  AND (status = ${INTEGER} OR (status <= ${IN_PROGRESS} AND status < ${INTEGER}))
  AND COALESCE(${INTEGER}, segments_completed) >= segments_completed
  AND COALESCE(${INTEGER}, progress_percent) >= progress_percent`;

/** Those of a job that was completed at this instant: `?` job, claim, instant. */
export const PUBLISH_QUALITIES = `INSERT INTO lib_entry_qualities (video_id, quality_id, width_px, height_px, bitrate_kbps)
  SELECT j.video_id, p.quality_id, p.width_px, p.height_px, p.bitrate_kbps
  FROM lib_transcoding_jobs j JOIN lib_quality_progress p ON p.job_id = j.job_id
  WHERE j.job_uuid = ? AND j.claim_uuid = ? AND j.status = ${COMPLETED} AND j.completed_at_ms = ?
  AND p.status = ${QualityStatus.COMPLETED}
  ON CONFLICT (video_id, quality_id) DO UPDATE SET
  width_px = COALESCE(excluded.width_px, lib_entry_qualities.width_px),
  height_px = COALESCE(excluded.height_px, lib_entry_qualities.height_px),
  bitrate_kbps = COALESCE(excluded.bitrate_kbps, lib_entry_qualities.bitrate_kbps)`;

/** A quality that was completed or skipped is a checkpoint: the next attempt need not do it again. */
export const RESTART_QUALITIES = `UPDATE lib_quality_progress SET status = ${QualityStatus.PENDING}, segments_completed = 0,
  progress_percent = 0, started_at_ms = NULL, error_message = NULL
  WHERE status IN (${IN_PROGRESS}, ${QualityStatus.FAILED})`;

/** The last one changes the row unless that would take it back. */
export function advanceQuality(claim: Claim, report: QualityReport, nowMs: number): Statement[] {
  const { status, segmentsTotal, segmentsCompleted, progressPercent } = report;
  return [
    ...qualityWords([report.name]),
    { sql: ADD_QUALITY, params: [...held(claim, nowMs), report.name] },
    {
      sql: ADVANCE_QUALITY,
      params: [
        status,
        segmentsCompleted,
        segmentsTotal,
        segmentsCompleted,
        segmentsTotal,
        status,
        segmentsCompleted,
        segmentsTotal,
        segmentsCompleted,
        status,
        progressPercent,
        report.widthPx,
        report.heightPx,
        report.bitrateKbps,
        report.errorMessage,
        status,
        nowMs,
        status,
        nowMs,
        ...held(claim, nowMs),
        report.name,
        status,
        status,
        segmentsCompleted,
        progressPercent,
      ],
    },
  ];
}

export function qualityWords(names: readonly string[]): Statement[] {
  const words = new DictionaryWords();
  for (const name of names) words.add('sys_qualities', name);
  return words.statements();
}
