CREATE TABLE `lib_quality_progress` (
	`job_id` integer NOT NULL,
	`quality_id` integer NOT NULL,
	`status` integer DEFAULT 0 NOT NULL,
	`segments_total` integer,
	`segments_completed` integer DEFAULT 0 NOT NULL,
	`progress_percent` integer DEFAULT 0 NOT NULL,
	`width_px` integer,
	`height_px` integer,
	`bitrate_kbps` integer,
	`started_at_ms` integer,
	`completed_at_ms` integer,
	`error_message` text,
	PRIMARY KEY(`job_id`, `quality_id`),
	FOREIGN KEY (`job_id`) REFERENCES `lib_transcoding_jobs`(`job_id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`quality_id`) REFERENCES `sys_qualities`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "ck_lib_quality_progress_progress" CHECK("lib_quality_progress"."progress_percent" BETWEEN 0 AND 100),
	CONSTRAINT "ck_lib_quality_progress_segments" CHECK("lib_quality_progress"."segments_completed" >= 0)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `lib_transcoding_jobs` (
	`job_id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`job_uuid` text NOT NULL,
	`video_id` integer NOT NULL,
	`status` integer NOT NULL,
	`worker_id` text,
	`claim_uuid` text,
	`current_step` integer,
	`progress_percent` integer DEFAULT 0 NOT NULL,
	`attempt_number` integer DEFAULT 1 NOT NULL,
	`max_attempts` integer DEFAULT 3 NOT NULL,
	`enqueued_at_ms` integer NOT NULL,
	`available_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	`started_at_ms` integer,
	`last_checkpoint_ms` integer,
	`lease_expires_at_ms` integer,
	`completed_at_ms` integer,
	`last_error` text,
	`regressions_count` integer DEFAULT 0 NOT NULL,
	FOREIGN KEY (`video_id`) REFERENCES `lib_entries`(`video_id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "ck_lib_transcoding_jobs_progress" CHECK("lib_transcoding_jobs"."progress_percent" BETWEEN 0 AND 100)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `uq_lib_transcoding_jobs_job_uuid` ON `lib_transcoding_jobs` (`job_uuid`);--> statement-breakpoint
CREATE UNIQUE INDEX `uq_lib_transcoding_jobs_video_id` ON `lib_transcoding_jobs` (`video_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `uq_lib_transcoding_jobs_claim_uuid` ON `lib_transcoding_jobs` (`claim_uuid`);--> statement-breakpoint
CREATE INDEX `idx_lib_transcoding_jobs_enqueued_at_ms_job_id` ON `lib_transcoding_jobs` (`enqueued_at_ms`,`job_id`);--> statement-breakpoint
CREATE INDEX `idx_lib_transcoding_jobs_status_enqueued_at_ms_job_id` ON `lib_transcoding_jobs` (`status`,`enqueued_at_ms`,`job_id`);--> statement-breakpoint
CREATE INDEX `idx_lib_transcoding_jobs_status_lease_expires_at_ms` ON `lib_transcoding_jobs` (`status`,`lease_expires_at_ms`);--> statement-breakpoint
CREATE TABLE `lib_transcription_texts` (
	`text_id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`content_hash` text NOT NULL,
	`content` blob NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `uq_lib_transcription_texts_content_hash` ON `lib_transcription_texts` (`content_hash`);--> statement-breakpoint
CREATE TABLE `lib_transcriptions` (
	`video_id` integer PRIMARY KEY NOT NULL,
	`status` integer NOT NULL,
	`language_id` integer,
	`text_id` integer,
	`word_count` integer,
	`requested_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	`started_at_ms` integer,
	`completed_at_ms` integer,
	`error_message` text,
	FOREIGN KEY (`video_id`) REFERENCES `lib_entries`(`video_id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`language_id`) REFERENCES `sys_languages`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`text_id`) REFERENCES `lib_transcription_texts`(`text_id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "ck_lib_transcriptions_word_count" CHECK("lib_transcriptions"."word_count" >= 0)
);
--> statement-breakpoint
CREATE INDEX `idx_lib_transcriptions_requested_at_ms_video_id` ON `lib_transcriptions` (`requested_at_ms`,`video_id`);--> statement-breakpoint
CREATE INDEX `idx_lib_transcriptions_status_requested_at_ms_video_id` ON `lib_transcriptions` (`status`,`requested_at_ms`,`video_id`);--> statement-breakpoint
CREATE INDEX `idx_lib_transcriptions_text_id` ON `lib_transcriptions` (`text_id`);