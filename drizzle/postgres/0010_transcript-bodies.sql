CREATE TABLE "trx_transcript_bodies" (
	"video_id" bigint PRIMARY KEY NOT NULL,
	"body" "bytea" NOT NULL
);
--> statement-breakpoint
ALTER TABLE "trx_transcript_bodies" ADD CONSTRAINT "trx_transcript_bodies_video_id_trx_transcripts_video_id_fk" FOREIGN KEY ("video_id") REFERENCES "trx_transcripts"("video_id") ON DELETE cascade ON UPDATE no action;