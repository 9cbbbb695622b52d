/** What a table is for. A table without a note here stops `npm run docs`. */
export const TABLE_NOTES: Readonly<Record<string, string>> = {
  imm_videos: 'One row per video, found by its natural key. `duration_ms` 0 is unknown.',
  imm_sessions: 'One row per sitting. The cold part: what is written at start and end.',
  imm_session_totals:
    'The hot part of a session: the highest value of each counter, how many samples are stored, how many were lost.',
  imm_session_telemetry: 'Samples as they were sent: running totals since the session began.',
  imm_session_events: 'What happened at an instant. `client_seq` tells two events of one instant apart.',
  imm_session_slices:
    'The highest value of each counter in one slice of 15 minutes. Slice -1 holds the maximum of slices that left retention.',
  imm_dirty_slices: 'Slices that a flush touched and no roll-up has seen yet.',
  imm_slice_rollups:
    'What was gained in a slice, per video; video 0 is all videos. Slice -1 holds the sum of slices that left retention.',
  imm_daily_rollups:
    'What was gained on a civil day of the server zone. `rollup_day` counts days since 1970-01-01.',
  imm_monthly_rollups: 'The same per month. `rollup_month` is yyyymm.',
  imm_schema_version: 'For tools that know the v1 schema: always holds version 1.',
  agt_process_sessions:
    'One row per run of a process that a wrapper watches. `state` is the last state change by time.',
  agt_session_totals:
    'The hot part of a process session: counters that survive retention, and what was lost.',
  agt_state_changes: 'When a process came into which state. At most one start and one end of a session.',
  agt_extractions:
    'What a pattern found in the output of a process. `client_seq` tells two events of one instant apart.',
  agt_code_blocks:
    'Code that was found, once however often and in how many sessions: its SHA-256 is the key. Goes with the last event that has it.',
  agt_session_patterns: 'How often a pattern matched in a session, by type and risk; survives the events.',
  agt_extraction_slices:
    'How often a pattern matched in a slice of 15 minutes, by agent, type and risk; survives the events.',
  agt_agents: 'Dictionary of agent names.',
  agt_extraction_types: 'Dictionary of the types of extraction events.',
  agt_patterns: 'Dictionary of pattern names.',
  agt_code_languages: 'Dictionary of the languages of code blocks.',
  lib_categories: 'Categories of a video site. Deleting one leaves its entries without a category.',
  lib_entries:
    'A video as a site shows it, 1:1 with `imm_videos`. `status`: 0 pending, 1 processing, 2 ready, 3 failed. `deleted_at_ms` set: hidden, and purged when the archive window is over.',
  lib_entry_qualities: 'Variants of an entry that can be played.',
  ply_viewers:
    'Random ids by which playbacks of one viewer belong together. Removing one leaves its playbacks anonymous.',
  ply_sessions:
    'One row per playback of a video, by its token: what was watched, how far, and which hundredths of the video. `status`: 1 active, 2 ended, 3 abandoned.',
  ply_audience_rollups:
    'What the audience did, by the instant at which playbacks started: `level` 1 UTC days, 2 UTC months. Video 0 is all that are not deleted, -1 is all. `bins` and `qualities` are vectors that can be added up.',
  ply_audience_viewers:
    'The sets of viewers of these days, and of blocks of 4 (`level` 4), 16 (5), 64 (6) and 256 days (7), which are known by their first day; sets can be united.',
  ply_audience_slices:
    'The same by slices of 15 minutes, those of a UTC day in one row: `figures` has sums and peaks, `details` hundredths and qualities, `viewers` sets.',
  ply_audience_windows:
    'The 24 hours that begin at each slice of a UTC day: `counts` has how many different viewers, `figures` sums and peaks. Of all videos, and of those that many watched.',
  ply_audience_rankings:
    'What videos are ranked by in a slice (`level` 0), a UTC day (1), or a block of 4 (4), 16 (5), 64 (6) or 256 days (7), those of all videos in one row.',
  ply_dirty_periods:
    'Periods whose roll-ups are out of date. One row per change, taken away by the roll-up that has seen it.',
  lib_transcoding_jobs:
    'At most one job of an entry. `status`: 0 pending, 1 processing, 2 completed, 3 failed, 4 aborted. `current_step`: 1 probe, 2 thumbnail, 3 transcode, 4 master playlist, 5 finalize. A processing job whose `lease_expires_at_ms` is past is stale.',
  lib_quality_progress:
    'How far a job is with one quality. `status`: 0 pending, 1 in progress, 2 completed, 3 failed, 4 skipped.',
  lib_transcription_texts:
    'What was said, deflated, once for all transcriptions with the same content. One that nobody refers to goes with the next purge of the archive.',
  lib_transcriptions:
    'One row per transcribed entry. `status`: 0 pending, 1 processing, 2 completed, 3 failed. The text of an earlier transcription stays until a new one is completed.',
  sys_languages: 'Dictionary of language tags.',
  sys_codecs: 'Dictionary of video and audio codecs.',
  sys_containers: 'Dictionary of container formats.',
  sys_qualities: 'Dictionary of quality names, such as `1080p`.',
  sys_search_documents:
    'What can be found by its words: a passage or a line. Its words are in `sys_search_index` (FTS5; a tsvector on PostgreSQL), which a trigger keeps in step. `domain`: 1 transcription, 2 transcript, 3 extraction.',
  sys_settings: 'Facts about the database itself: the zone of the roll-ups and the frozen watermark.',
  sys_api_tokens: 'Tokens as SHA-256. `scopes` is a set of bits: 1 read, 2 ingest, 4 admin.',
  sys_dead_letters: 'Commands that storage refused for good, whole, so that they can be applied again.',
  sys_job_runs: 'History of background jobs. `status`: 0 running, 1 succeeded, 2 failed, 3 cancelled.',
  sys_job_leases: 'Reserved for several processes on one database; a single process leaves it empty.',
  sys_tombstones:
    'What was removed, for the analytics copy; the newest 10,000 are kept. `kind`: 1 a video, 2 samples, 3 events or 4 extraction events before an instant, 5 a viewer.',
  sys_audit_log: 'What an administrator did through the API. Never pruned.',
  trx_sources: 'Dictionary of where transcripts come from: captions, a speech model, a person.',
  trx_error_codes: 'Dictionary of the reasons why an extraction failed.',
  trx_transcripts:
    'One row per cached transcript, or per failure that is remembered (`error_code_id` is set). The narrow part that every lookup writes.',
  trx_transcript_bodies:
    'What is said in a cached transcript: its segments as JSON, deflated. Subtitles and plain text are derived from them.',
  trx_jobs:
    'Batch and playlist jobs. `status`: 0 pending, 1 processing, 2 completed, 3 failed, 4 aborted. Counters are not here: they are counted from the results.',
  trx_job_videos: 'What a job is to extract.',
  trx_results:
    'What came of each extraction, inserted once and never changed. Job 0 is an extraction outside of a job.',
  trx_cache_slices:
    'Lookups of the cache, per slice of 15 minutes and process: running totals, merged by maximum. Slice -1 is the sum of what left its window.',
};
