import {
  body,
  deep,
  event,
  KNOWN,
  NOW,
  onKnown,
  sessions,
  startWith,
  subscription,
  telemetry,
  trends,
  UNKNOWN,
} from './request-bodies.js';

type BadInput = readonly [what: string, body: (cursor: string) => string];

/** Mistakes of a request, by the code of the error. `cursor` is one of `sessions` without a filter. */
export const BAD_REQUESTS: Readonly<Record<string, readonly BadInput[]>> = {
  BAD_USER_INPUT: [
    ['an unknown enum', () => event({ type: 'NAP' })],
    ['an enum by its number', () => event({ type: 3 })],
    [
      'UNKNOWN as a filter of videos',
      () => body('{ videos(filter: { sourceType: UNKNOWN }) { edges { node { id } } } }'),
    ],
    ['UNKNOWN as a filter of sessions', () => sessions('filter: { status: UNKNOWN }')],
    ['a wrong UUID', () => telemetry({}, 'not-a-uuid')],
    ['a UUID that is a number', () => body('{ session(sessionUuid: 7) { id } }')],
    ['text for a counter', () => telemetry({ linesSeen: 'many' })],
    ['an object for a counter', () => telemetry({ linesSeen: {} })],
    ['an instant as text', () => telemetry({ sampleMs: '2026-11-21' })],
    [
      'no samples',
      () => body(`mutation { recordTelemetry(input: { sessionUuid: "${KNOWN}" }) { accepted } }`),
    ],
    ['samples that are null', () => telemetry({ sampleMs: null })],
    ['a field nobody knows', () => telemetry({ wordsRead: 1 })],
    ['a counter beyond 32 bits where Int is wanted', () => event({ lineIndex: 2 ** 31 })],
    [
      '1001 items',
      () =>
        body('mutation ($input: RecordTelemetryInput!) { recordTelemetry(input: $input) { accepted } }', {
          input: { sessionUuid: KNOWN, samples: Array.from({ length: 1_001 }, () => ({ sampleMs: NOW })) },
        }),
    ],
    [
      '10,000 nodes',
      () =>
        body('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
          ids: Array.from({ length: 10_000 }, () => btoa(`Session:${UNKNOWN}`)),
        }),
    ],
    [
      '101 videos for a trend',
      () =>
        trends(
          '2026-11-01T00:00:00Z',
          '2026-11-02T00:00:00Z',
          `bucket: DAY, videoKeys: [${'"v", '.repeat(101)}]`,
        ),
    ],
    ['first 0', () => sessions('first: 0')],
    ['first -1', () => sessions('first: -1')],
    ['first 201', () => sessions('first: 201')],
    ['first with last', () => sessions('first: 1, last: 1')],
    [
      'first 0 of a ranking',
      () =>
        body(
          '{ topVideos(range: { from: "2026-11-01T00:00:00Z", to: "2026-11-02T00:00:00Z" }, metric: SESSIONS, first: 0) { rank } }',
        ),
    ],
    ['a range turned around', () => trends('2026-11-02T00:00:00Z', '2026-11-01T00:00:00Z')],
    ['an empty range', () => trends('2026-11-02T00:00:00Z', '2026-11-02T00:00:00Z')],
    ['too many buckets', () => trends('2000-01-01T00:00:00Z', '2026-01-01T00:00:00Z', 'bucket: HOUR')],
    ['an instant without a zone', () => trends('2026-11-01T00:00:00', '2026-11-02T00:00:00Z')],
    ['an instant of no calendar', () => trends('2026-02-30T00:00:00Z', '2026-03-02T00:00:00Z')],
    ['an hour of no clock', () => trends('2026-11-01T25:00:00Z', '2026-11-02T00:00:00Z')],
    ['an instant before 1970', () => trends('1960-01-01T00:00:00Z', '1960-02-01T00:00:00Z')],
    ['a time zone of Mars', () => body('{ streak(timezone: "Mars/Olympus") { currentDays } }')],
    ['an offset for a time zone', () => body('{ streak(timezone: "+05:30") { currentDays } }')],
    [
      'a day of no calendar',
      () => body('{ dailyRollups(range: { from: "2026-02-30", to: "2026-03-01" }) { day } }'),
    ],
    [
      'days turned around',
      () => body('{ activityCalendar(range: { from: "2026-03-02", to: "2026-03-01" }) { day } }'),
    ],
    [
      'a century of days',
      () => body('{ activityCalendar(range: { from: "1990-01-01", to: "2026-03-01" }) { day } }'),
    ],
    ['maxPoints 0', () => onKnown('timeline(maxPoints: 0) { sampleMs }')],
    ['maxPoints -1', () => onKnown('timeline(maxPoints: -1) { sampleMs }')],
    ['maxPoints 5001', () => onKnown('timeline(maxPoints: 5001) { sampleMs }')],
    ['UNKNOWN as an event type', () => onKnown('events(types: [UNKNOWN]) { edges { cursor } }')],
    [
      'a moving average over 0 points',
      () =>
        trends('2026-11-01T00:00:00Z', '2026-11-02T00:00:00Z', 'bucket: DAY').replace(
          '{ sessions }',
          '{ movingAverage(metric: SESSIONS, points: 0) }',
        ),
    ],
    ['ids that are no integers', () => body('mutation { discardDeadLetters(ids: [1.5]) { discarded } }')],
    ['speed 0', () => subscription(`replaySession(sessionUuid: "${KNOWN}", speed: 0) { offsetMs }`)],
    ['speed 101', () => subscription(`replaySession(sessionUuid: "${KNOWN}", speed: 101) { offsetMs }`)],
    [
      'a replay from before its beginning',
      () => subscription(`replaySession(sessionUuid: "${KNOWN}", fromMs: -1) { offsetMs }`),
    ],
    [
      'a replay from half a millisecond',
      () => subscription(`replaySession(sessionUuid: "${KNOWN}", fromMs: 0.5) { offsetMs }`),
    ],
    ['intervalMs 0', () => subscription('serverStatus(intervalMs: 0) { version }')],
    ['a malformed body', () => '{"query": "{ __typename }"'],
    ['an empty body', () => ''],
    ['a body that is no object', () => '7'],
    ['a body that is null', () => 'null'],
    ['a body without a query', () => '{}'],
    ['a query that is no text', () => '{"query": 7}'],
    ['an empty query', () => body('')],
    ['a malformed query', () => body('{ sessions(')],
    ['variables that are no object', () => '{"query":"{ __typename }","variables":"x"}'],
    ['a missing variable', () => body('query ($u: UUID!) { session(sessionUuid: $u) { id } }')],
    ['an unknown operation', () => JSON.stringify({ query: 'query A { __typename }', operationName: 'B' })],
    ['a field nobody has', () => body('{ passwords }')],
    [
      'introspection in a circle',
      () =>
        body('{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }'),
    ],
    ['a literal nested two thousand deep', () => body(`{ streak(x: ${deep(2_000)}) { activeDays } }`)],
  ],
  INVALID_CURSOR: [
    ['garbage for a cursor', () => sessions('after: "garbage"')],
    ['an empty cursor', () => sessions('after: ""')],
    [
      'a cursor with another filter',
      (cursor) => sessions(`filter: { targetLanguage: "ja" }, after: "${cursor}"`),
    ],
    [
      'a cursor of another list',
      (cursor) => body(`{ videos(after: "${cursor}") { edges { node { id } } } }`),
    ],
    [
      'a cursor of a list with another key',
      (cursor) => body(`{ deadLetters(after: "${cursor}") { edges { cursor } } }`),
    ],
  ],
  NOT_FOUND: [
    ['a filter with a video nobody knows', () => sessions('filter: { videoKey: "nothing" }')],
    [
      'roll-ups of a video nobody knows',
      () =>
        body(
          '{ dailyRollups(range: { from: "2026-03-01", to: "2026-03-01" }, videoKey: "nothing") { day } }',
        ),
    ],
    ['a job nobody has', () => body('mutation { runJob(name: "nothing") { jobName } }')],
    ['purging a video nobody knows', () => body('mutation { purgeVideo(videoKey: "nothing") { rows } }')],
  ],
  QUERY_TOO_COMPLEX: [
    [
      'a deep query',
      () =>
        body(
          `{ videos { edges { node { ${'sessions(first: 1) { edges { node { video { '.repeat(4)} id ${'} } } } '.repeat(4)} } } } }`,
        ),
    ],
    [
      '61 aliases',
      () => body(`{ streak { ${Array.from({ length: 61 }, (_, i) => `a${i}: activeDays`).join(' ')} } }`),
    ],
    [
      '31 root fields',
      () => body(`{ ${Array.from({ length: 31 }, (_, i) => `a${i}: streak { activeDays }`).join(' ')} }`),
    ],
    [
      'nested pages',
      () =>
        body('{ videos(first: 200) { edges { node { sessions(first: 200) { edges { node { id } } } } } } }'),
    ],
    [
      'nested pages whose size is a variable',
      () =>
        body(
          'query ($n: Int) { videos(first: $n) { edges { node { sessions(first: $n) { edges { node { events(first: $n) { edges { cursor } } } } } } } } }',
          { n: 200 },
        ),
    ],
  ],
};

/** Mistakes of one item: code and path of its rejection. */
export const BAD_ITEMS: readonly (readonly [what: string, body: () => string, code: string, path: string])[] =
  [
    ['a negative counter', () => telemetry({ linesSeen: -1 }), 'INVALID_VALUE', 'samples[0]'],
    ['half a word', () => telemetry({ wordsSeen: 0.5 }), 'INVALID_VALUE', 'samples[0]'],
    [
      'a counter too large for a double',
      () => telemetry({ wordsSeen: 12345 }).replace('12345', '1e400'),
      'INVALID_VALUE',
      'samples[0]',
    ],
    [
      'hits above look-ups',
      () => telemetry({ lookupCount: 1, lookupHits: 2 }),
      'HITS_ABOVE_LOOKUPS',
      'samples[0]',
    ],
    [
      'active above total',
      () => telemetry({ totalWatchedMs: 1, activeWatchedMs: 2 }),
      'ACTIVE_ABOVE_TOTAL',
      'samples[0]',
    ],
    ['a clock that runs ahead', () => telemetry({ sampleMs: NOW + 300_001 }), 'IN_THE_FUTURE', 'samples[0]'],
    ['a session nobody started', () => telemetry({}, UNKNOWN), 'SESSION_UNKNOWN', 'samples[0]'],
    ['UNKNOWN as an event type', () => event({ type: 'UNKNOWN' }), 'INVALID_VALUE', 'events[0]'],
    [
      'JSON nested ten thousand deep',
      () => event({}).replace('"LOOKUP"', `"LOOKUP","payload":${deep(10_000)}`),
      'TOO_LONG',
      'events[0]',
    ],
    ['a negative number of an event', () => event({ clientSeq: -1 }), 'INVALID_VALUE', 'events[0]'],
    ['UNKNOWN as a source type', () => startWith({}, { sourceType: 'UNKNOWN' }), 'INVALID_VALUE', 'input'],
    ['UNKNOWN as a subtitle mode', () => startWith({ subtitleMode: 'UNKNOWN' }), 'INVALID_VALUE', 'input'],
    ['a start in the future', () => startWith({ startedAtMs: NOW + 300_001 }), 'IN_THE_FUTURE', 'input'],
    ['a video without a title', () => startWith({}, { title: '' }), 'INVALID_VALUE', 'input'],
    ['an endless title', () => startWith({}, { title: 'x'.repeat(1_025) }), 'TOO_LONG', 'input'],
  ];
