-- Windows are counted again by the next roll-up, now with their sums.
INSERT INTO `ply_dirty_periods` (`level`, `period`) SELECT DISTINCT 3, `day` FROM `ply_audience_windows`;
--> statement-breakpoint
DELETE FROM `ply_audience_windows`;
--> statement-breakpoint
ALTER TABLE `ply_audience_windows` ADD `figures` blob NOT NULL;
--> statement-breakpoint
-- Blocks of four and of sixteen days are made by it as well.
INSERT INTO `ply_dirty_periods` (`level`, `period`)
SELECT DISTINCT 4, `period` / 4 FROM `ply_audience_rankings` WHERE `level` = 1
UNION ALL SELECT DISTINCT 5, `period` / 16 FROM `ply_audience_rankings` WHERE `level` = 1;
