CREATE TABLE `ply_audience_rankings` (
	`ranking_id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`level` integer NOT NULL,
	`period` integer NOT NULL,
	`figures` blob NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `uq_ply_audience_rankings_level_period` ON `ply_audience_rankings` (`level`,`period`);--> statement-breakpoint
CREATE TABLE `ply_audience_slices` (
	`series_id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`day` integer NOT NULL,
	`video_id` integer NOT NULL,
	`figures` blob NOT NULL,
	`details` blob NOT NULL,
	`viewers` blob NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `uq_ply_audience_slices_day_video_id` ON `ply_audience_slices` (`day`,`video_id`);--> statement-breakpoint
CREATE TABLE `ply_audience_viewers` (
	`set_id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`level` integer NOT NULL,
	`period` integer NOT NULL,
	`video_id` integer NOT NULL,
	`viewers` blob NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `uq_ply_audience_viewers_level_period_video_id` ON `ply_audience_viewers` (`level`,`period`,`video_id`);--> statement-breakpoint
-- Days are made anew of their playbacks, with slices. Where these are gone already, days and months stay as they are.
INSERT INTO `ply_dirty_periods` (`level`, `period`)
SELECT DISTINCT 1, `period` / 96 FROM `ply_audience_rollups` WHERE `level` = 0;
--> statement-breakpoint
DELETE FROM `ply_audience_rollups` WHERE `level` = 0;
--> statement-breakpoint
INSERT INTO `ply_audience_viewers` (`level`, `period`, `video_id`, `viewers`)
SELECT `level`, `period`, `video_id`, `viewers` FROM `ply_audience_rollups` WHERE `viewers_count` > 0;
--> statement-breakpoint
ALTER TABLE `ply_audience_rollups` DROP COLUMN `viewers`;
--> statement-breakpoint
INSERT INTO `sys_settings` (`key`, `value`)
SELECT 'ply.first_sliced_day', CAST((CAST(`value` AS INTEGER) + 95) / 96 AS TEXT)
FROM `sys_settings` WHERE `key` = 'ply.frozen_slice';
