import { check } from 'k6';
import { ask } from './graphql.ts';

/** Entries of the library that is looked at: some pages of them. */
const ENTRIES = 60;
const CATEGORIES = ['films', 'series', 'lessons'];
const RUN = __ENV.KINOSTAT_LOAD_RUN || 'manual';

const FILL = `mutation ($entry: AddEntryInput!, $slug: String!, $job: UUID!, $text: CompleteTranscriptionInput!) {
  addEntry(input: $entry) { slug }
  setEntryQualities(slug: $slug, qualities: [{ name: "1080p", heightPx: 1080 }, { name: "480p", heightPx: 480 }]) { slug }
  enqueueTranscoding(input: { slug: $slug, jobUuid: $job, qualities: ["1080p", "480p"] }) { status }
  requestTranscription(slug: $slug, language: "en") { status }
  completeTranscription(input: $text) { status }
}`;
const ENTRY_LIST = `query ($after: String, $filter: EntryFilter) {
  entries(first: 20, after: $after, filter: $filter) {
    edges { node { slug title publishedAt category { name } qualities { name heightPx }
      transcodingJob { status progressPercent } transcription { status wordCount } video { stats { sessions wordsSeen } } } }
    pageInfo { hasNextPage endCursor }
  }
}`;
const ENTRY = `query ($slug: String!) {
  entry(slug: $slug) { title description category { name } qualities { name }
    transcodingJob { status qualities { name progressPercent } } transcription { wordCount vtt } video { stats { wordsSeen } } }
}`;
const JOBS = `{ transcodingJobs(first: 20, filter: { status: PENDING }) {
  edges { node { jobUuid status entry { slug } qualities { name progressPercent } } } } }`;
const SEARCH = `query ($words: String!) {
  searchTranscriptions(query: $words, first: 10) { edges { node { atMs snippet { text isMatch } transcription { entry { slug } } } } }
}`;

/** The operations of one look, for thresholds. */
export const LIBRARY_OPERATIONS = ['entries', 'entry', 'transcodingJobs', 'searchTranscriptions'];

const slugOf = (n: number): string =>
  `load-${RUN}-${n % ENTRIES}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');

/** A library of its own for each run. */
export function createLibrary(): void {
  for (const category of CATEGORIES) {
    const slug = `${category}-${slugOf(0)}`;
    ask(
      'createCategory',
      'mutation ($name: String!, $slug: String) { createCategory(name: $name, slug: $slug) { slug } }',
      { name: category, slug },
    );
  }
  for (let n = 0; n < ENTRIES; n += 1) {
    const slug = slugOf(n);
    ask('addEntry', FILL, {
      entry: {
        slug,
        video: {
          videoKey: `load:${RUN}:entry:${n}`,
          title: `Entry ${n}`,
          sourceType: 'REMOTE',
          durationMs: 60_000,
        },
        categorySlug: `${CATEGORIES[n % CATEGORIES.length] ?? ''}-${slugOf(0)}`,
        status: 'READY',
        publishedAt: new Date(Date.now() - n * 60_000).toISOString(),
      },
      slug,
      job: crypto.randomUUID(),
      text: { slug, vtt: vttOf(n) },
    });
  }
}

/** Two minutes of talk. */
function vttOf(n: number): string {
  const cues = Array.from({ length: 30 }, (_, line) => {
    const at = (second: number): string =>
      `00:0${Math.floor(second / 60)}:${String(second % 60).padStart(2, '0')}.000`;
    return `${at(line * 4)} --> ${at(line * 4 + 3)}\nIn scene ${line} of entry ${n} they walk along the harbour\n`;
  });
  return `WEBVTT\n\n${cues.join('\n')}`;
}

/** What a page of a video site asks: a page or two of entries, one entry whole, what is being transcoded, a search. */
export function browseLibrary(n: number): void {
  interface Page {
    entries: { edges: object[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
  }
  const page = ask<Page>('entries', ENTRY_LIST, {})?.entries;
  check(page, { 'a page of entries is full': (found) => found?.edges.length === 20 });
  if (page?.pageInfo.hasNextPage === true) ask('entries', ENTRY_LIST, { after: page.pageInfo.endCursor });
  ask('entries', ENTRY_LIST, {
    filter: { categorySlug: `${CATEGORIES[n % CATEGORIES.length] ?? ''}-${slugOf(0)}` },
  });
  ask('entry', ENTRY, { slug: slugOf(n) });
  ask('transcodingJobs', JOBS, {});
  const found = ask<{ searchTranscriptions: { edges: object[] } }>('searchTranscriptions', SEARCH, {
    words: `"entry ${n % ENTRIES}" harbour`,
  });
  check(found, {
    'a search finds what was said': (answer) => (answer?.searchTranscriptions.edges.length ?? 0) > 0,
  });
}
