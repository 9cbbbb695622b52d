CREATE TABLE `ply_audience_windows` (
	`video_id` integer NOT NULL,
	`day` integer NOT NULL,
	`counts` blob NOT NULL,
	PRIMARY KEY(`video_id`, `day`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `idx_ply_audience_windows_day` ON `ply_audience_windows` (`day`);--> statement-breakpoint
-- Windows are counted by the next roll-up; those of a day end in the next one.
INSERT INTO `ply_dirty_periods` (`level`, `period`)
SELECT 3, `day` FROM `ply_audience_slices` UNION SELECT 3, `day` - 1 FROM `ply_audience_slices`;
