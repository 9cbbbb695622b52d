CREATE TABLE `trx_cache_slices` (
	`slice` integer NOT NULL,
	`instance_id` integer NOT NULL,
	`hits` integer DEFAULT 0 NOT NULL,
	`negative_hits` integer DEFAULT 0 NOT NULL,
	`misses` integer DEFAULT 0 NOT NULL,
	`evicted_count` integer DEFAULT 0 NOT NULL,
	`evicted_bytes` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`slice`, `instance_id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `trx_jobs` (
	`job_id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`job_uuid` text NOT NULL,
	`job_type` integer NOT NULL,
	`status` integer NOT NULL,
	`playlist_key` text,
	`playlist_url` text,
	`playlist_title` text,
	`expected_count` integer DEFAULT 0 NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	`started_at_ms` integer,
	`completed_at_ms` integer,
	`error_code_id` integer,
	`error_message` text,
	`metadata_json` text,
	CONSTRAINT "ck_trx_jobs_expected_count" CHECK("trx_jobs"."expected_count" >= 0)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `uq_trx_jobs_job_uuid` ON `trx_jobs` (`job_uuid`);--> statement-breakpoint
CREATE INDEX `idx_trx_jobs_created_at_ms` ON `trx_jobs` (`created_at_ms`);--> statement-breakpoint
CREATE INDEX `idx_trx_jobs_status_created_at_ms` ON `trx_jobs` (`status`,`created_at_ms`);--> statement-breakpoint
CREATE TABLE `trx_results` (
	`result_id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`job_id` integer DEFAULT 0 NOT NULL,
	`video_id` integer NOT NULL,
	`attempt_ms` integer DEFAULT 0 NOT NULL,
	`origin` integer NOT NULL,
	`source_id` integer,
	`error_code_id` integer,
	`error_message` text,
	`extraction_ms` integer,
	`extracted_at_ms` integer NOT NULL,
	`recorded_at_ms` integer NOT NULL,
	FOREIGN KEY (`video_id`) REFERENCES `imm_videos`(`video_id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "ck_trx_results_extraction_ms" CHECK("trx_results"."extraction_ms" >= 0)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `uq_trx_results_job_id_video_id_attempt_ms` ON `trx_results` (`job_id`,`video_id`,`attempt_ms`);--> statement-breakpoint
CREATE INDEX `idx_trx_results_video_id_extracted_at_ms` ON `trx_results` (`video_id`,`extracted_at_ms`);--> statement-breakpoint
CREATE INDEX `idx_trx_results_extracted_at_ms` ON `trx_results` (`extracted_at_ms`);--> statement-breakpoint
CREATE TABLE `trx_job_videos` (
	`job_id` integer NOT NULL,
	`video_id` integer NOT NULL,
	`position` integer NOT NULL,
	PRIMARY KEY(`job_id`, `video_id`),
	FOREIGN KEY (`job_id`) REFERENCES `trx_jobs`(`job_id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`video_id`) REFERENCES `imm_videos`(`video_id`) ON UPDATE no action ON DELETE cascade
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `idx_trx_job_videos_video_id_job_id` ON `trx_job_videos` (`video_id`,`job_id`);--> statement-breakpoint
CREATE TABLE `trx_error_codes` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`name` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `uq_trx_error_codes_name` ON `trx_error_codes` (`name`);--> statement-breakpoint
CREATE TABLE `trx_sources` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`name` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `uq_trx_sources_name` ON `trx_sources` (`name`);--> statement-breakpoint
CREATE TABLE `trx_transcripts` (
	`video_id` integer PRIMARY KEY NOT NULL,
	`language_id` integer,
	`source_id` integer,
	`segment_count` integer DEFAULT 0 NOT NULL,
	`text_bytes` integer DEFAULT 0 NOT NULL,
	`stored_bytes` integer DEFAULT 0 NOT NULL,
	`error_code_id` integer,
	`error_message` text,
	`extracted_at_ms` integer NOT NULL,
	`extraction_ms` integer,
	`created_at_ms` integer NOT NULL,
	`expires_at_ms` integer,
	`last_accessed_at_ms` integer NOT NULL,
	`access_count` integer DEFAULT 0 NOT NULL,
	FOREIGN KEY (`video_id`) REFERENCES `imm_videos`(`video_id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "ck_trx_transcripts_stored_bytes" CHECK("trx_transcripts"."stored_bytes" >= 0)
);
--> statement-breakpoint
CREATE INDEX `idx_trx_transcripts_last_accessed_at_ms` ON `trx_transcripts` (`last_accessed_at_ms`,`video_id`,`stored_bytes`);--> statement-breakpoint
CREATE INDEX `idx_trx_transcripts_expires_at_ms` ON `trx_transcripts` (`expires_at_ms`);