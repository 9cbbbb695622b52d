CREATE TABLE `lib_categories` (
	`category_id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`slug` text NOT NULL,
	`name` text NOT NULL,
	`description` text DEFAULT '' NOT NULL,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `uq_lib_categories_slug` ON `lib_categories` (`slug`);--> statement-breakpoint
CREATE INDEX `idx_lib_categories_name` ON `lib_categories` (`name`);--> statement-breakpoint
CREATE TABLE `lib_entries` (
	`video_id` integer PRIMARY KEY NOT NULL,
	`slug` text NOT NULL,
	`title` text NOT NULL,
	`description` text DEFAULT '' NOT NULL,
	`category_id` integer,
	`status` integer NOT NULL,
	`error_message` text,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	`published_at_ms` integer,
	`deleted_at_ms` integer,
	FOREIGN KEY (`video_id`) REFERENCES `imm_videos`(`video_id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`category_id`) REFERENCES `lib_categories`(`category_id`) ON UPDATE no action ON DELETE set null,
	CONSTRAINT "ck_lib_entries_status" CHECK("lib_entries"."status" >= 0)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `uq_lib_entries_slug` ON `lib_entries` (`slug`);--> statement-breakpoint
CREATE INDEX `idx_lib_entries_published_at_ms_video_id` ON `lib_entries` (`published_at_ms`,`video_id`);--> statement-breakpoint
CREATE INDEX `idx_lib_entries_created_at_ms_video_id` ON `lib_entries` (`created_at_ms`,`video_id`);--> statement-breakpoint
CREATE INDEX `idx_lib_entries_title_video_id` ON `lib_entries` (`title`,`video_id`);--> statement-breakpoint
CREATE INDEX `idx_lib_entries_category_id_published_at_ms_video_id` ON `lib_entries` (`category_id`,`published_at_ms`,`video_id`);--> statement-breakpoint
CREATE INDEX `idx_lib_entries_status_published_at_ms_video_id` ON `lib_entries` (`status`,`published_at_ms`,`video_id`);--> statement-breakpoint
CREATE INDEX `idx_lib_entries_deleted_at_ms` ON `lib_entries` (`deleted_at_ms`);--> statement-breakpoint
CREATE TABLE `lib_entry_qualities` (
	`video_id` integer NOT NULL,
	`quality_id` integer NOT NULL,
	`width_px` integer,
	`height_px` integer,
	`bitrate_kbps` integer,
	PRIMARY KEY(`video_id`, `quality_id`),
	FOREIGN KEY (`video_id`) REFERENCES `lib_entries`(`video_id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`quality_id`) REFERENCES `sys_qualities`(`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
