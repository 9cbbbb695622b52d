CREATE TABLE `ply_audience_rollups` (
	`video_id` integer NOT NULL,
	`level` integer NOT NULL,
	`period` integer NOT NULL,
	`views_count` integer DEFAULT 0 NOT NULL,
	`completed_count` integer DEFAULT 0 NOT NULL,
	`timed_count` integer DEFAULT 0 NOT NULL,
	`watched_ms` integer DEFAULT 0 NOT NULL,
	`viewers_count` integer DEFAULT 0 NOT NULL,
	`peak_count` integer DEFAULT 0 NOT NULL,
	`peak_at_ms` integer DEFAULT 0 NOT NULL,
	`viewers` blob NOT NULL,
	`bins` blob NOT NULL,
	`qualities_json` text NOT NULL,
	PRIMARY KEY(`video_id`, `level`, `period`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `idx_ply_audience_rollups_level_period` ON `ply_audience_rollups` (`level`,`period`);--> statement-breakpoint
CREATE TABLE `ply_dirty_periods` (
	`mark_id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`level` integer NOT NULL,
	`period` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `ply_sessions` (
	`playback_id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`session_token` text NOT NULL,
	`status` integer DEFAULT 1 NOT NULL,
	`video_id` integer NOT NULL,
	`viewer_id` integer,
	`quality_id` integer,
	`started_at_ms` integer NOT NULL,
	`ended_at_ms` integer,
	`last_heartbeat_ms` integer NOT NULL,
	`is_playing` integer DEFAULT 0 NOT NULL,
	`position_ms` integer DEFAULT 0 NOT NULL,
	`furthest_ms` integer DEFAULT 0 NOT NULL,
	`watched_ms` integer DEFAULT 0 NOT NULL,
	`watched_first_half` integer DEFAULT 0 NOT NULL,
	`watched_second_half` integer DEFAULT 0 NOT NULL,
	`is_completed` integer DEFAULT 0 NOT NULL,
	FOREIGN KEY (`video_id`) REFERENCES `imm_videos`(`video_id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`viewer_id`) REFERENCES `ply_viewers`(`viewer_id`) ON UPDATE no action ON DELETE set null,
	CONSTRAINT "ck_ply_sessions_position_ms" CHECK("ply_sessions"."position_ms" >= 0 AND "ply_sessions"."position_ms" <= "ply_sessions"."furthest_ms"),
	CONSTRAINT "ck_ply_sessions_watched_ms" CHECK("ply_sessions"."watched_ms" >= 0),
	CONSTRAINT "ck_ply_sessions_ended_at_ms" CHECK("ply_sessions"."ended_at_ms" >= "ply_sessions"."started_at_ms"),
	CONSTRAINT "ck_ply_sessions_watched_first_half" CHECK("ply_sessions"."watched_first_half" >= 0 AND "ply_sessions"."watched_first_half" <= 1125899906842623),
	CONSTRAINT "ck_ply_sessions_watched_second_half" CHECK("ply_sessions"."watched_second_half" >= 0 AND "ply_sessions"."watched_second_half" <= 1125899906842623),
	CONSTRAINT "ck_ply_sessions_status" CHECK("ply_sessions"."status" > 0),
	CONSTRAINT "ck_ply_sessions_is_completed" CHECK("ply_sessions"."is_completed" IN (0, 1))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `uq_ply_sessions_session_token` ON `ply_sessions` (`session_token`);--> statement-breakpoint
CREATE INDEX `idx_ply_sessions_started_at_ms` ON `ply_sessions` (`started_at_ms`);--> statement-breakpoint
CREATE INDEX `idx_ply_sessions_video_id_started_at_ms` ON `ply_sessions` (`video_id`,`started_at_ms`);--> statement-breakpoint
CREATE INDEX `idx_ply_sessions_viewer_id_started_at_ms` ON `ply_sessions` (`viewer_id`,`started_at_ms`);--> statement-breakpoint
CREATE INDEX `idx_ply_sessions_status_last_heartbeat_ms` ON `ply_sessions` (`status`,`last_heartbeat_ms`);--> statement-breakpoint
CREATE TABLE `ply_viewers` (
	`viewer_id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`viewer_uuid` text NOT NULL,
	`first_seen_ms` integer NOT NULL,
	`last_seen_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `uq_ply_viewers_viewer_uuid` ON `ply_viewers` (`viewer_uuid`);--> statement-breakpoint
CREATE INDEX `idx_ply_viewers_first_seen_ms` ON `ply_viewers` (`first_seen_ms`);