CREATE TABLE `trx_transcript_bodies` (
	`video_id` integer PRIMARY KEY NOT NULL,
	`body` blob NOT NULL,
	FOREIGN KEY (`video_id`) REFERENCES `trx_transcripts`(`video_id`) ON UPDATE no action ON DELETE cascade
);
