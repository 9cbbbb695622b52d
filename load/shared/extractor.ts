import exec from 'k6/execution';
import { Counter } from 'k6/metrics';
import { check } from 'k6';
import { ask } from './graphql.ts';

/** reconcile.mjs compares these with what the server holds. Lookups of the cache are counted by how they ended. */
const counts = {
  transcripts_put: new Counter('transcripts_put'),
  lookups_hit: new Counter('lookups_hit'),
  lookups_missed: new Counter('lookups_missed'),
};

const LOOK_UP = `query ($videoKeys: [String!]!) { transcripts(videoKeys: $videoKeys) { segmentCount text } }`;
const PUT = `mutation ($input: PutTranscriptInput!) { putTranscript(input: $input) { isStored isRecorded } }`;
const SEARCH = `query ($query: String!) {
  searchTranscripts(query: $query, first: 10) { edges { node { startMs link snippet { text isMatch } video { title } } } }
}`;
/** Lines of one transcript. */
const LINES = 30;
const WORDS = ['lighthouse', 'paper', 'boat', 'harbour', 'map', 'winter', 'letter', 'bridge', '天気', '勉強'];

/** The operations of an extraction, for thresholds. */
export const EXTRACTOR_OPERATIONS = ['transcripts', 'putTranscript', 'searchTranscripts'];

/** What this client put last; each k6 client has modules of its own. */
let lastKey: string | null = null;
let madeCount = 0;

const segmentsOf = (seed: number): object[] =>
  Array.from({ length: LINES }, (_, line) => ({
    startMs: line * 2_000,
    endMs: line * 2_000 + 1_500,
    text: `${WORDS[(seed + line) % WORDS.length]} and ${WORDS[(seed * 7 + line) % WORDS.length]}, line ${line}`,
  }));

/** A service that extracts: it asks the cache for a new video and for its last one, puts what was missing, and searches. */
export function extractTranscript(): void {
  madeCount += 1;
  const videoKey = `load:${__ENV.KINOSTAT_LOAD_RUN || 'manual'}:transcript:${exec.vu.idInTest}:${madeCount}`;
  const videoKeys = lastKey === null ? [videoKey] : [videoKey, lastKey];
  const found =
    ask<{ transcripts: (object | null)[] }>('transcripts', LOOK_UP, { videoKeys })?.transcripts ?? [];
  counts.lookups_hit.add(found.filter((one) => one !== null).length);
  counts.lookups_missed.add(found.filter((one) => one === null).length);
  check(found, {
    'what was put is in the cache, what was not is not': ([fresh, last]) =>
      fresh === null && (lastKey === null || (last !== null && last !== undefined)),
  });
  const put = ask<{ putTranscript: { isStored: boolean } }>('putTranscript', PUT, {
    input: {
      video: { videoKey },
      source: 'load',
      language: 'en',
      extractionMs: 900,
      segments: segmentsOf(madeCount),
    },
  });
  if (put?.putTranscript.isStored === true) {
    counts.transcripts_put.add(1);
    lastKey = videoKey;
  }
  if (madeCount % 3 === 0) searchTranscripts(madeCount);
}

export function searchTranscripts(n: number): void {
  ask('searchTranscripts', SEARCH, { query: WORDS[n % WORDS.length] });
}
