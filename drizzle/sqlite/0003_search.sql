CREATE TABLE `sys_qualities` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`name` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `uq_sys_qualities_name` ON `sys_qualities` (`name`);--> statement-breakpoint
CREATE TABLE `sys_search_documents` (
	`document_id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`domain` integer NOT NULL,
	`subject_id` integer NOT NULL,
	`part` integer NOT NULL,
	`at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `uq_sys_search_documents_domain_subject_id_part` ON `sys_search_documents` (`domain`,`subject_id`,`part`);
--> statement-breakpoint
CREATE VIRTUAL TABLE `sys_search_index` USING fts5(`terms`, content='', contentless_delete=1, tokenize="unicode61 remove_diacritics 0 categories 'L* N* Co M*'");--> statement-breakpoint
CREATE TRIGGER `tr_sys_search_documents_delete` AFTER DELETE ON `sys_search_documents` BEGIN
	DELETE FROM `sys_search_index` WHERE rowid = old.`document_id`;
END;
