import fc from 'fast-check';
import type { EntryFields, EntryState, Order, TranscriptionState } from './library-model.js';

/** What is done to a video site, in the words of both models. Everything is named by short names that meet often. */
const name = <Name extends string>(kind: Name) => fc.constant(kind);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Videos that are there from the beginning, with their duration, ms. */
export const FIRST_VIDEOS: ReadonlyMap<string, number> = new Map([
  ['v1', 100_000],
  ['v2', 3_600_000],
  ['v3', 0],
]);
/** One that an entry may bring. */
export const LATE_VIDEO = ['v4', 90_000] as const;
export const VIDEOS = [...FIRST_VIDEOS.keys(), LATE_VIDEO[0]];
export const SLUGS = ['a', 'b', 'c'];
export const CATEGORIES = ['x', 'y'];
export const WORDS = ['heron', 'river', 'lamp', 'paper'];
export const VIEWERS = [101, 102, 103];
export const TOKENS = [1, 2, 3, 4, 5];

/** Most questions are about all, or nothing would be found. */
const seldom = <Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
const slug = fc.constantFrom(...SLUGS);
const category = fc.constantFrom(...CATEGORIES);
const video = fc.constantFrom(...VIDEOS);
const title = fc.constantFrom('Alpha', 'alpha', 'Übung 100%', 'übung', 'Zeta_1', 'ЖУК', '今日');
const language = fc.constantFrom(null, 'en', 'de');
const state = fc.constantFrom<EntryState>('PENDING', 'PROCESSING', 'READY', 'FAILED');
/** After the beginning, ms; equal ones are what cursors stumble over. */
const publishedIn = fc.constantFrom(null, 0, 1_000, 2_000);
const fields: { [Key in keyof EntryFields]: fc.Arbitrary<EntryFields[Key]> } = {
  title,
  description: fc.constantFrom('', 'long'),
  category: fc.option(category),
  status: state,
  publishedAt: publishedIn,
};
/** Few, so that the same text comes twice. */
const segments = fc.constantFrom(['heron river'], ['lamp', 'paper heron'], ['river lamp paper', 'river']);
const quality = fc.record({
  name: fc.constantFrom('1080p', '720p', '480p'),
  heightPx: fc.constantFrom(null, 480, 720),
  bitrateKbps: fc.constantFrom(null, 900),
});

const report = fc.record({
  kind: fc.constantFrom('start', 'start', 'heartbeat', 'heartbeat', 'heartbeat', 'heartbeat', 'end'),
  token: fc.constantFrom(...TOKENS),
  /** Since the report before; the clock of a server may jump back. */
  afterMs: fc.constantFrom(0, 1, 700, 10_000, 61_000, 20 * MINUTE, -5_000),
  video,
  viewer: fc.option(fc.constantFrom(...VIEWERS)),
  quality: fc.constantFrom(null, '720p', '480p'),
  positionMs: fc.constantFrom(null, 0, 1_500, 20_000, 50_000, 91_000, 101_000, 500_000, 3_300_000, 4_000_000),
  isPlaying: fc.constantFrom(true, true, true, false),
});

const entryQuestion = fc.record({
  status: seldom(state),
  category: seldom(category),
  text: fc.constantFrom(null, null, null, null, 'ALPHA', 'üb', 'ÜBUNG', '%', '_', 'жук', '日'),
  publishedFrom: seldom(fc.constant(1_000)),
  publishedTo: seldom(fc.constant(2_000)),
  includesDeleted: fc.boolean(),
});

const question = fc.record({
  kind: name('ask'),
  entries: entryQuestion,
  order: fc.constantFrom<Order>('PUBLISHED', 'CREATED', 'TITLE'),
  transcriptions: fc.record({
    status: seldom(fc.constantFrom<TranscriptionState>('PENDING', 'COMPLETED', 'FAILED')),
    language: seldom(language),
  }),
  words: fc.uniqueArray(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 2 }),
  without: seldom(fc.constantFrom(...WORDS)),
  playbacks: fc.record({
    video: seldom(video),
    viewer: seldom(fc.constantFrom(...VIEWERS)),
    status: seldom(fc.constantFrom('ACTIVE', 'ENDED', 'ABANDONED')),
    isCompleted: seldom(fc.boolean()),
  }),
  audience: fc.record({
    video: seldom(video),
    includesDeleted: fc.boolean(),
    /** Quarters of an hour before now, and how many. */
    slicesBack: fc.constantFrom(0, 0, 0, 1, 3, 10),
    slices: fc.constantFrom(1, 2, 5, 200),
  }),
  direction: fc.constantFrom('forward' as const, 'backward' as const),
});
export type SiteQuestion = typeof question extends fc.Arbitrary<infer Value> ? Value : never;

const deed = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: name('createCategory'),
      slug: category,
      name: fc.constantFrom('B', 'a', 'C'),
    }),
  },
  fc.record({ kind: name('editCategory'), slug: category, name: fc.constantFrom('A', 'b') }),
  fc.record({ kind: name('deleteCategory'), slug: category }),
  { weight: 6, arbitrary: fc.record({ kind: name('addEntry'), slug, video, fields: fc.record(fields) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: name('editEntry'),
      slug,
      change: fc.record({ ...fields, error: fc.constantFrom(null, 'broken') }, { requiredKeys: [] }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: name('deleteEntry'), slug }) },
  { weight: 6, arbitrary: fc.record({ kind: name('restoreEntry'), slug }) },
  fc.record({ kind: name('purgeEntry'), slug }),
  fc.record({ kind: name('purgeArchive'), backMs: fc.constantFrom(0, 60_000, HOUR) }),
  fc.record({
    kind: name('setQualities'),
    slug,
    qualities: fc.uniqueArray(quality, { selector: (one) => one.name, maxLength: 3 }),
  }),
  fc.record({ kind: name('enqueueJob'), slug }),
  { weight: 5, arbitrary: fc.record({ kind: name('request'), slug, language }) },
  { weight: 2, arbitrary: fc.record({ kind: name('start'), slug }) },
  { weight: 6, arbitrary: fc.record({ kind: name('complete'), slug, language, segments }) },
  { weight: 2, arbitrary: fc.record({ kind: name('fail'), slug }) },
  { weight: 3, arbitrary: fc.record({ kind: name('retry'), slug }) },
  {
    weight: 10,
    arbitrary: fc.record({ kind: name('flush'), reports: fc.array(report, { minLength: 1, maxLength: 8 }) }),
  },
  fc.record({ kind: name('sweep') }),
  fc.record({ kind: name('forget'), viewer: fc.constantFrom(...VIEWERS) }),
  fc.record({ kind: name('purgeVideo'), video }),
  fc.record({ kind: name('rollUp') }),
  fc.record({ kind: name('rebuild') }),
  fc.record({ kind: name('restart') }),
  { weight: 14, arbitrary: question },
);

/** Something that happens to a site, so long after the one before. */
const step = fc.record({ waitMs: fc.constantFrom(1, 1, 60_000, 40 * MINUTE), deed });
export type SiteDeed = typeof deed extends fc.Arbitrary<infer Value> ? Value : never;
export type SiteStep = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** A shop that is open: else most of what is done would meet nothing. */
const opening = fc
  .tuple(fc.record(fields), fc.record(fields), segments, title)
  .map(([first, second, texts, third]): SiteStep[] => {
    const more = { ...second, title: third, status: 'READY' } as const;
    const deeds: SiteDeed[] = [
      { kind: 'createCategory', slug: 'x', name: 'B' },
      { kind: 'addEntry', slug: 'a', video: 'v1', fields: first },
      { kind: 'addEntry', slug: 'b', video: 'v2', fields: second },
      { kind: 'addEntry', slug: 'c', video: 'v3', fields: more },
      { kind: 'request', slug: 'a', language: 'en' },
      { kind: 'complete', slug: 'a', language: null, segments: texts },
    ];
    return deeds.map((one) => ({ waitMs: 1, deed: one }));
  });

export const siteHistories: fc.Arbitrary<SiteStep[]> = fc
  .tuple(
    fc.constantFrom(true, true, true, false),
    opening,
    fc.array(step, { minLength: 1, maxLength: 60, size: 'max' }),
  )
  .map(([isOpen, first, steps]) => (isOpen ? [...first, ...steps] : steps));
