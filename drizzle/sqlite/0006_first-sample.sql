ALTER TABLE `imm_session_totals` ADD `first_sample_ms` integer;--> statement-breakpoint
CREATE INDEX `idx_imm_session_totals_first_sample_ms` ON `imm_session_totals` (`first_sample_ms`);--> statement-breakpoint
UPDATE `imm_session_totals` SET `first_sample_ms` = (SELECT MIN(`sample_ms`) FROM `imm_session_telemetry` t WHERE t.`session_id` = `imm_session_totals`.`session_id`);
