CREATE TABLE `agt_agents` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`name` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `uq_agt_agents_name` ON `agt_agents` (`name`);--> statement-breakpoint
CREATE TABLE `agt_code_languages` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`name` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `uq_agt_code_languages_name` ON `agt_code_languages` (`name`);--> statement-breakpoint
CREATE TABLE `agt_extraction_slices` (
	`agent_id` integer NOT NULL,
	`slice` integer NOT NULL,
	`pattern_id` integer NOT NULL,
	`type_id` integer NOT NULL,
	`risk_level` integer NOT NULL,
	`extractions_count` integer NOT NULL,
	PRIMARY KEY(`agent_id`, `slice`, `pattern_id`, `type_id`, `risk_level`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `idx_agt_extraction_slices_slice` ON `agt_extraction_slices` (`slice`);--> statement-breakpoint
CREATE INDEX `idx_agt_extraction_slices_pattern_id_slice` ON `agt_extraction_slices` (`pattern_id`,`slice`);--> statement-breakpoint
CREATE TABLE `agt_extraction_types` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`name` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `uq_agt_extraction_types_name` ON `agt_extraction_types` (`name`);--> statement-breakpoint
CREATE TABLE `agt_extractions` (
	`extraction_id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`process_session_id` integer NOT NULL,
	`ts_ms` integer NOT NULL,
	`client_seq` integer DEFAULT 0 NOT NULL,
	`agent_id` integer NOT NULL,
	`type_id` integer NOT NULL,
	`pattern_id` integer NOT NULL,
	`risk_level` integer DEFAULT 0 NOT NULL,
	`is_auto_confirmable` integer DEFAULT 0 NOT NULL,
	`line_number` integer,
	`matched_value` text,
	`original_line` text,
	`metadata_json` text,
	`code_block_id` integer,
	`code_language_id` integer,
	FOREIGN KEY (`process_session_id`) REFERENCES `agt_process_sessions`(`process_session_id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `uq_agt_extractions_process_session_id_ts_ms_client_seq` ON `agt_extractions` (`process_session_id`,`ts_ms`,`client_seq`);--> statement-breakpoint
CREATE INDEX `idx_agt_extractions_ts_ms` ON `agt_extractions` (`ts_ms`);--> statement-breakpoint
CREATE INDEX `idx_agt_extractions_agent_id_ts_ms` ON `agt_extractions` (`agent_id`,`ts_ms`);--> statement-breakpoint
CREATE INDEX `idx_agt_extractions_type_id_ts_ms` ON `agt_extractions` (`type_id`,`ts_ms`);--> statement-breakpoint
CREATE INDEX `idx_agt_extractions_pattern_id_ts_ms` ON `agt_extractions` (`pattern_id`,`ts_ms`);--> statement-breakpoint
CREATE INDEX `idx_agt_extractions_risk_level_ts_ms` ON `agt_extractions` (`risk_level`,`ts_ms`);--> statement-breakpoint
CREATE INDEX `idx_agt_extractions_code_language_id_ts_ms` ON `agt_extractions` (`code_language_id`,`ts_ms`) WHERE "agt_extractions"."code_language_id" IS NOT NULL;--> statement-breakpoint
CREATE TABLE `agt_patterns` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`name` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `uq_agt_patterns_name` ON `agt_patterns` (`name`);--> statement-breakpoint
CREATE TABLE `agt_process_sessions` (
	`process_session_id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`session_uuid` text NOT NULL,
	`agent_id` integer NOT NULL,
	`environment` text,
	`started_at_ms` integer NOT NULL,
	`ended_at_ms` integer,
	`state` integer NOT NULL,
	`exit_code` integer,
	`stdout_log_path` text,
	`stderr_log_path` text,
	`extraction_config_version` text,
	`environment_config_version` text,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `uq_agt_process_sessions_session_uuid` ON `agt_process_sessions` (`session_uuid`);--> statement-breakpoint
CREATE INDEX `idx_agt_process_sessions_started_at_ms` ON `agt_process_sessions` (`started_at_ms`);--> statement-breakpoint
CREATE INDEX `idx_agt_process_sessions_agent_id_started_at_ms` ON `agt_process_sessions` (`agent_id`,`started_at_ms`);--> statement-breakpoint
CREATE INDEX `idx_agt_process_sessions_state_started_at_ms` ON `agt_process_sessions` (`state`,`started_at_ms`);--> statement-breakpoint
CREATE TABLE `agt_session_totals` (
	`process_session_id` integer PRIMARY KEY NOT NULL,
	`lines_count` integer DEFAULT 0 NOT NULL,
	`feedback_count` integer DEFAULT 0 NOT NULL,
	`extractions_count` integer DEFAULT 0 NOT NULL,
	`last_extraction_ms` integer,
	`dropped_count` integer DEFAULT 0 NOT NULL,
	`extractions_pruned_before_ms` integer,
	FOREIGN KEY (`process_session_id`) REFERENCES `agt_process_sessions`(`process_session_id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `agt_session_patterns` (
	`process_session_id` integer NOT NULL,
	`pattern_id` integer NOT NULL,
	`type_id` integer NOT NULL,
	`risk_level` integer NOT NULL,
	`extractions_count` integer NOT NULL,
	PRIMARY KEY(`process_session_id`, `pattern_id`, `type_id`, `risk_level`),
	FOREIGN KEY (`process_session_id`) REFERENCES `agt_process_sessions`(`process_session_id`) ON UPDATE no action ON DELETE cascade
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `idx_agt_session_patterns_pattern_id` ON `agt_session_patterns` (`pattern_id`);--> statement-breakpoint
CREATE TABLE `agt_state_changes` (
	`process_session_id` integer NOT NULL,
	`at_ms` integer NOT NULL,
	`state` integer NOT NULL,
	`exit_code` integer,
	`metadata_json` text,
	PRIMARY KEY(`process_session_id`, `at_ms`, `state`),
	FOREIGN KEY (`process_session_id`) REFERENCES `agt_process_sessions`(`process_session_id`) ON UPDATE no action ON DELETE cascade
) WITHOUT ROWID;
