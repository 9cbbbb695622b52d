-- Blocks are known by their first days, there are wider ones, and every video has its viewers in them: the next roll-up makes
-- them. Viewers and rankings of months are not read any more.
DELETE FROM "ply_audience_viewers" WHERE "level" IN (2, 4, 5);
--> statement-breakpoint
DELETE FROM "ply_audience_rankings" WHERE "level" IN (2, 4, 5);
--> statement-breakpoint
DELETE FROM "ply_dirty_periods" WHERE "level" IN (4, 5);
--> statement-breakpoint
INSERT INTO "ply_dirty_periods" ("level", "period")
WITH RECURSIVE "n" ("n") AS (SELECT 0 UNION ALL SELECT "n" + 1 FROM "n" WHERE "n" < 15),
	"d" AS (SELECT DISTINCT "period" FROM "ply_audience_rollups" WHERE "level" = 1)
SELECT 4, "period" / 4 * 4 FROM "d"
UNION SELECT 5, "period" - "n" FROM "d" CROSS JOIN "n"
UNION SELECT 6, ("period" / 16 - "n") * 16 FROM "d" CROSS JOIN "n" WHERE "n" < 4
UNION SELECT 7, ("period" / 16 - "n") * 16 FROM "d" CROSS JOIN "n";
