CREATE TABLE `sys_api_tokens` (
	`token_id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`name` text NOT NULL,
	`token_hash` text NOT NULL,
	`scopes` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	`last_used_at_ms` integer,
	`revoked_at_ms` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `uq_sys_api_tokens_token_hash` ON `sys_api_tokens` (`token_hash`);--> statement-breakpoint
CREATE TABLE `sys_audit_log` (
	`audit_id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at_ms` integer NOT NULL,
	`token_id` integer,
	`action` text NOT NULL,
	`subject` text NOT NULL,
	`detail_json` text
);
--> statement-breakpoint
CREATE INDEX `idx_sys_audit_log_at_ms` ON `sys_audit_log` (`at_ms`);--> statement-breakpoint
CREATE TABLE `sys_codecs` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`name` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `uq_sys_codecs_name` ON `sys_codecs` (`name`);--> statement-breakpoint
CREATE TABLE `sys_containers` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`name` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `uq_sys_containers_name` ON `sys_containers` (`name`);--> statement-breakpoint
CREATE TABLE `imm_daily_rollups` (
	`rollup_day` integer NOT NULL,
	`video_id` integer DEFAULT 0 NOT NULL,
	`total_sessions` integer DEFAULT 0 NOT NULL,
	`total_active_min` real DEFAULT 0 NOT NULL,
	`total_lines_seen` integer DEFAULT 0 NOT NULL,
	`total_words_seen` integer DEFAULT 0 NOT NULL,
	`total_tokens_seen` integer DEFAULT 0 NOT NULL,
	`total_cards` integer DEFAULT 0 NOT NULL,
	`cards_per_hour` real,
	`words_per_min` real,
	`lookup_hit_rate` real,
	`total_lookup_count` integer DEFAULT 0 NOT NULL,
	`total_lookup_hits` integer DEFAULT 0 NOT NULL,
	`is_imported` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`rollup_day`, `video_id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `idx_imm_daily_rollups_video_id_rollup_day` ON `imm_daily_rollups` (`video_id`,`rollup_day`);--> statement-breakpoint
CREATE TABLE `sys_dead_letters` (
	`dead_letter_id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`session_uuid` text,
	`kind` text NOT NULL,
	`code` text NOT NULL,
	`message` text NOT NULL,
	`command_json` text NOT NULL,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `idx_sys_dead_letters_session_uuid` ON `sys_dead_letters` (`session_uuid`);--> statement-breakpoint
CREATE INDEX `idx_sys_dead_letters_created_at_ms` ON `sys_dead_letters` (`created_at_ms`);--> statement-breakpoint
CREATE TABLE `imm_dirty_slices` (
	`session_id` integer NOT NULL,
	`slice` integer NOT NULL,
	PRIMARY KEY(`session_id`, `slice`),
	FOREIGN KEY (`session_id`) REFERENCES `imm_sessions`(`session_id`) ON UPDATE no action ON DELETE cascade
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `imm_session_events` (
	`event_id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`session_id` integer NOT NULL,
	`ts_ms` integer NOT NULL,
	`event_type` integer NOT NULL,
	`line_index` integer,
	`segment_start_ms` integer,
	`segment_end_ms` integer,
	`words_delta` integer DEFAULT 0 NOT NULL,
	`cards_delta` integer DEFAULT 0 NOT NULL,
	`payload_json` text,
	`client_seq` integer DEFAULT 0 NOT NULL,
	FOREIGN KEY (`session_id`) REFERENCES `imm_sessions`(`session_id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `uq_imm_session_events_session_id_ts_ms_client_seq` ON `imm_session_events` (`session_id`,`ts_ms`,`client_seq`);--> statement-breakpoint
CREATE INDEX `idx_imm_session_events_event_type_ts_ms` ON `imm_session_events` (`event_type`,`ts_ms`);--> statement-breakpoint
CREATE TABLE `sys_job_leases` (
	`job_name` text PRIMARY KEY NOT NULL,
	`owner` text NOT NULL,
	`lease_until_ms` integer NOT NULL,
	`fencing` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `sys_job_runs` (
	`job_run_id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`job_name` text NOT NULL,
	`status` integer NOT NULL,
	`started_at_ms` integer NOT NULL,
	`finished_at_ms` integer,
	`summary` text
);
--> statement-breakpoint
CREATE INDEX `idx_sys_job_runs_job_name_job_run_id` ON `sys_job_runs` (`job_name`,`job_run_id`);--> statement-breakpoint
CREATE INDEX `idx_sys_job_runs_started_at_ms` ON `sys_job_runs` (`started_at_ms`);--> statement-breakpoint
CREATE TABLE `sys_languages` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`name` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `uq_sys_languages_name` ON `sys_languages` (`name`);--> statement-breakpoint
CREATE TABLE `imm_monthly_rollups` (
	`rollup_month` integer NOT NULL,
	`video_id` integer DEFAULT 0 NOT NULL,
	`total_sessions` integer DEFAULT 0 NOT NULL,
	`total_active_min` real DEFAULT 0 NOT NULL,
	`total_lines_seen` integer DEFAULT 0 NOT NULL,
	`total_words_seen` integer DEFAULT 0 NOT NULL,
	`total_tokens_seen` integer DEFAULT 0 NOT NULL,
	`total_cards` integer DEFAULT 0 NOT NULL,
	`cards_per_hour` real,
	`words_per_min` real,
	`lookup_hit_rate` real,
	`total_lookup_count` integer DEFAULT 0 NOT NULL,
	`total_lookup_hits` integer DEFAULT 0 NOT NULL,
	`is_imported` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`rollup_month`, `video_id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `idx_imm_monthly_rollups_video_id_rollup_month` ON `imm_monthly_rollups` (`video_id`,`rollup_month`);--> statement-breakpoint
CREATE TABLE `imm_schema_version` (
	`schema_version` integer PRIMARY KEY NOT NULL,
	`applied_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `imm_session_slices` (
	`session_id` integer NOT NULL,
	`slice` integer NOT NULL,
	`total_watched_ms` integer DEFAULT 0 NOT NULL,
	`active_watched_ms` integer DEFAULT 0 NOT NULL,
	`lines_seen` integer DEFAULT 0 NOT NULL,
	`words_seen` integer DEFAULT 0 NOT NULL,
	`tokens_seen` integer DEFAULT 0 NOT NULL,
	`cards_mined` integer DEFAULT 0 NOT NULL,
	`lookup_count` integer DEFAULT 0 NOT NULL,
	`lookup_hits` integer DEFAULT 0 NOT NULL,
	`pause_count` integer DEFAULT 0 NOT NULL,
	`pause_ms` integer DEFAULT 0 NOT NULL,
	`seek_forward_count` integer DEFAULT 0 NOT NULL,
	`seek_backward_count` integer DEFAULT 0 NOT NULL,
	`media_buffer_events` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`session_id`, `slice`),
	FOREIGN KEY (`session_id`) REFERENCES `imm_sessions`(`session_id`) ON UPDATE no action ON DELETE cascade
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `idx_imm_session_slices_slice` ON `imm_session_slices` (`slice`);--> statement-breakpoint
CREATE TABLE `imm_session_totals` (
	`session_id` integer PRIMARY KEY NOT NULL,
	`total_watched_ms` integer DEFAULT 0 NOT NULL,
	`active_watched_ms` integer DEFAULT 0 NOT NULL,
	`lines_seen` integer DEFAULT 0 NOT NULL,
	`words_seen` integer DEFAULT 0 NOT NULL,
	`tokens_seen` integer DEFAULT 0 NOT NULL,
	`cards_mined` integer DEFAULT 0 NOT NULL,
	`lookup_count` integer DEFAULT 0 NOT NULL,
	`lookup_hits` integer DEFAULT 0 NOT NULL,
	`pause_count` integer DEFAULT 0 NOT NULL,
	`pause_ms` integer DEFAULT 0 NOT NULL,
	`seek_forward_count` integer DEFAULT 0 NOT NULL,
	`seek_backward_count` integer DEFAULT 0 NOT NULL,
	`media_buffer_events` integer DEFAULT 0 NOT NULL,
	`last_sample_ms` integer,
	`samples_count` integer DEFAULT 0 NOT NULL,
	`dropped_count` integer DEFAULT 0 NOT NULL,
	FOREIGN KEY (`session_id`) REFERENCES `imm_sessions`(`session_id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `imm_sessions` (
	`session_id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`session_uuid` text NOT NULL,
	`video_id` integer NOT NULL,
	`started_at_ms` integer NOT NULL,
	`ended_at_ms` integer,
	`status` integer NOT NULL,
	`locale_id` integer,
	`target_lang_id` integer,
	`difficulty_tier` integer,
	`subtitle_mode` integer,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	FOREIGN KEY (`video_id`) REFERENCES `imm_videos`(`video_id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `uq_imm_sessions_session_uuid` ON `imm_sessions` (`session_uuid`);--> statement-breakpoint
CREATE INDEX `idx_imm_sessions_started_at_ms` ON `imm_sessions` (`started_at_ms`);--> statement-breakpoint
CREATE INDEX `idx_imm_sessions_video_id_started_at_ms` ON `imm_sessions` (`video_id`,`started_at_ms`);--> statement-breakpoint
CREATE INDEX `idx_imm_sessions_status_started_at_ms` ON `imm_sessions` (`status`,`started_at_ms`);--> statement-breakpoint
CREATE TABLE `sys_settings` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `imm_slice_rollups` (
	`video_id` integer NOT NULL,
	`slice` integer NOT NULL,
	`sessions_started` integer DEFAULT 0 NOT NULL,
	`total_watched_ms` integer DEFAULT 0 NOT NULL,
	`active_watched_ms` integer DEFAULT 0 NOT NULL,
	`lines_seen` integer DEFAULT 0 NOT NULL,
	`words_seen` integer DEFAULT 0 NOT NULL,
	`tokens_seen` integer DEFAULT 0 NOT NULL,
	`cards_mined` integer DEFAULT 0 NOT NULL,
	`lookup_count` integer DEFAULT 0 NOT NULL,
	`lookup_hits` integer DEFAULT 0 NOT NULL,
	`pause_count` integer DEFAULT 0 NOT NULL,
	`pause_ms` integer DEFAULT 0 NOT NULL,
	`seek_forward_count` integer DEFAULT 0 NOT NULL,
	`seek_backward_count` integer DEFAULT 0 NOT NULL,
	`media_buffer_events` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`video_id`, `slice`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `idx_imm_slice_rollups_slice` ON `imm_slice_rollups` (`slice`);--> statement-breakpoint
CREATE TABLE `imm_session_telemetry` (
	`telemetry_id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`session_id` integer NOT NULL,
	`sample_ms` integer NOT NULL,
	`total_watched_ms` integer DEFAULT 0 NOT NULL,
	`active_watched_ms` integer DEFAULT 0 NOT NULL,
	`lines_seen` integer DEFAULT 0 NOT NULL,
	`words_seen` integer DEFAULT 0 NOT NULL,
	`tokens_seen` integer DEFAULT 0 NOT NULL,
	`cards_mined` integer DEFAULT 0 NOT NULL,
	`lookup_count` integer DEFAULT 0 NOT NULL,
	`lookup_hits` integer DEFAULT 0 NOT NULL,
	`pause_count` integer DEFAULT 0 NOT NULL,
	`pause_ms` integer DEFAULT 0 NOT NULL,
	`seek_forward_count` integer DEFAULT 0 NOT NULL,
	`seek_backward_count` integer DEFAULT 0 NOT NULL,
	`media_buffer_events` integer DEFAULT 0 NOT NULL,
	FOREIGN KEY (`session_id`) REFERENCES `imm_sessions`(`session_id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `uq_imm_session_telemetry_session_id_sample_ms` ON `imm_session_telemetry` (`session_id`,`sample_ms`);--> statement-breakpoint
CREATE TABLE `imm_videos` (
	`video_id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`video_key` text NOT NULL,
	`canonical_title` text NOT NULL,
	`source_type` integer NOT NULL,
	`source_path` text,
	`source_url` text,
	`duration_ms` integer DEFAULT 0 NOT NULL,
	`file_size_bytes` integer,
	`codec_id` integer,
	`container_id` integer,
	`width_px` integer,
	`height_px` integer,
	`fps_x100` integer,
	`bitrate_kbps` integer,
	`audio_codec_id` integer,
	`hash_sha256` text,
	`screenshot_path` text,
	`metadata_json` text,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	CONSTRAINT "ck_imm_videos_duration_ms" CHECK("imm_videos"."duration_ms" >= 0),
	CONSTRAINT "ck_imm_videos_file_size_bytes" CHECK("imm_videos"."file_size_bytes" >= 0)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `uq_imm_videos_video_key` ON `imm_videos` (`video_key`);--> statement-breakpoint
CREATE INDEX `idx_imm_videos_canonical_title` ON `imm_videos` (`canonical_title`);--> statement-breakpoint
CREATE INDEX `idx_imm_videos_created_at_ms` ON `imm_videos` (`created_at_ms`);--> statement-breakpoint
CREATE INDEX `idx_imm_videos_updated_at_ms` ON `imm_videos` (`updated_at_ms`);