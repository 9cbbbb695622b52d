CREATE TABLE `sys_tombstones` (
	`tombstone_id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`kind` integer NOT NULL,
	`subject` integer NOT NULL
);
