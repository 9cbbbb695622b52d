CREATE TABLE `agt_code_blocks` (
	`code_block_id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`digest` blob NOT NULL,
	`language_id` integer,
	`is_parseable` integer,
	`lines_count` integer NOT NULL,
	`content` text NOT NULL,
	`first_seen_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `uq_agt_code_blocks_digest` ON `agt_code_blocks` (`digest`);--> statement-breakpoint
CREATE INDEX `idx_agt_code_blocks_first_seen_ms` ON `agt_code_blocks` (`first_seen_ms`);--> statement-breakpoint
CREATE INDEX `idx_agt_code_blocks_language_id_first_seen_ms` ON `agt_code_blocks` (`language_id`,`first_seen_ms`);--> statement-breakpoint
ALTER TABLE `agt_extractions` ADD `line_end` integer;--> statement-breakpoint
CREATE INDEX `idx_agt_extractions_code_block_id_ts_ms` ON `agt_extractions` (`code_block_id`,`ts_ms`) WHERE "agt_extractions"."code_block_id" IS NOT NULL;