import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { createRandom } from '../dist/cli/demo-history.js';
import { packSegments } from '../dist/db/segment-bytes.js';
import { toPlainText } from '../dist/domain/transcripts/segments.js';
import { CACHE, fingerprint } from './history.mjs';
import { openStore } from './stores.mjs';

/** Sets apart what an older form of this file generated. */
const FORM = 1;
/** Half an hour of dialogue: a line every six seconds. */
const LINES = 300;
const WORDS_PER_LINE = 7;
const VOCABULARY = 8_000;
/** Different transcripts; the others are one of these. What lookups cost does not depend on the words. */
const TEXTS = 40;
/** Of the entries, so many are put as a client does it, with the words for the search. */
const SEARCHABLE = 500;
const CREATED_MS = Date.UTC(2026, 10, 1);

export const keyOf = (n) => `bench:transcript:${n}`;
/** Words of low numbers are frequent, as in a language. */
export const wordOf = (random) => `w${Math.floor(VOCABULARY * random() ** 3).toString(36)}`;

export function segmentsOf(seed) {
  const random = createRandom(seed);
  return Array.from({ length: LINES }, (_, line) => ({
    startMs: line * 6_000,
    endMs: line * 6_000 + 4_000,
    text: Array.from({ length: WORDS_PER_LINE }, () => wordOf(random)).join(' '),
  }));
}

export const entryOf = (n, seed) => ({
  video: {
    videoKey: keyOf(n),
    title: `Transcript ${n}`,
    sourceType: 2,
    sourceUrl: `https://example.org/${n}`,
  },
  language: 'en',
  source: 'captions',
  content: { segments: segmentsOf(seed) },
  extractedAtMs: CREATED_MS,
  extractionMs: 1_500,
  expiresAtMs: null,
});

/** A database with that many cached transcripts, generated on first use and kept in .cache/. */
export async function transcriptFile(count, progress) {
  const file = join(CACHE, `transcripts-${count}-${fingerprint(FORM)}.sqlite`);
  if (existsSync(file)) return file;
  mkdirSync(CACHE, { recursive: true });
  const draft = `${file}.draft`;
  for (const ending of ['', '-wal', '-shm']) rmSync(draft + ending, { force: true });
  progress(`generating ${count} transcripts`);
  const { store } = await openStore(draft);
  try {
    for (let n = 0; n < SEARCHABLE; n += 50) {
      const entries = Array.from({ length: 50 }, (_, i) => entryOf(n + i, n + i));
      await store.transcriptCache.putTranscripts(entries, null, CREATED_MS);
    }
  } finally {
    await store.close();
  }
  await fill(draft, count);
  renameSync(draft, file);
  return file;
}

async function fill(file, count) {
  const texts = [];
  for (let seed = 0; seed < TEXTS; seed += 1) {
    const segments = segmentsOf(1_000_000 + seed);
    texts.push({ body: await packSegments(segments), bytes: Buffer.byteLength(toPlainText(segments)) });
  }
  const database = new Database(file);
  // A draft that breaks is made again: nothing has to survive a loss of power.
  database.pragma('synchronous = OFF');
  const video = database.prepare(`INSERT INTO imm_videos
    (video_id, video_key, canonical_title, source_type, duration_ms, created_at_ms, updated_at_ms)
    VALUES (?, ?, ?, 2, 1800000, ${CREATED_MS}, ${CREATED_MS})`);
  const entry =
    database.prepare(`INSERT INTO trx_transcripts (video_id, language_id, source_id, segment_count, text_bytes,
    stored_bytes, extracted_at_ms, extraction_ms, created_at_ms, last_accessed_at_ms)
    VALUES (?, 1, 1, ${LINES}, ?, ?, ${CREATED_MS}, 1500, ${CREATED_MS}, ${CREATED_MS})`);
  const body = database.prepare('INSERT INTO trx_transcript_bodies (video_id, body) VALUES (?, ?)');
  database.transaction(() => {
    for (let n = SEARCHABLE; n < count; n += 1) {
      const text = texts[n % TEXTS];
      video.run(n + 1, keyOf(n), `Transcript ${n}`);
      entry.run(n + 1, text.bytes, text.body.length);
      body.run(n + 1, text.body);
    }
  })();
  database.exec('ANALYZE');
  database.close();
}
