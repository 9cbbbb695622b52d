/**
 * Compares what k6 sent with what the server holds, item by item. Nothing is "about right": one item too few or too
 * many fails the run.
 */

const COUNTERS = [
  'samples_sent',
  'events_sent',
  'sessions_started',
  'sessions_ended',
  'videos_sent',
  'playbacks_started',
  'heartbeats_sent',
  'playbacks_ended',
  'processes_started',
  'extractions_sent',
  'processes_ended',
  'transcripts_put',
  'lookups_hit',
  'lookups_missed',
  'samples_repeated',
  'samples_invalid',
  'samples_orphaned',
  'items_accepted',
  'items_dropped',
  'items_rejected',
  'items_unanswered',
];

/** What is sent; the others tell what became of it, or are part of it. */
const ITEMS = COUNTERS.filter((name) => /_(?:sent|started|ended)$/.test(name));

/** Our counters from k6's summary; k6 leaves out those that were never touched. */
export function readCounters(summary) {
  const { metrics } = summary;
  return Object.fromEntries(COUNTERS.map((name) => [name, metrics[name]?.count ?? 0]));
}

/**
 * @param {object} found
 * @param {Record<string, number>} found.sent k6's counters
 * @param {Record<string, number>} found.before the writer before the run
 * @param {Record<string, number>} found.after the writer when everything has settled
 * @param {Record<string, number>} found.api the sessions of the run, asked through the API
 * @param {Record<string, number | string> | null} found.rows of the file; null when it is not ours to open
 * @param {boolean} found.mayDrop whether the profile overloads the server on purpose
 * @returns {{ name: string, left: number | string, right: number | string, isEqual: boolean }[]}
 */
export function compare({ sent, before, after, api, rows, mayDrop }) {
  const writer = Object.fromEntries(Object.keys(after).map((key) => [key, after[key] - before[key]]));
  const items = ITEMS.reduce((sum, name) => sum + sent[name], 0);
  const samples =
    sent.samples_sent -
    sent.samples_repeated -
    sent.samples_invalid -
    sent.samples_orphaned -
    writer.droppedSamples;
  const lines = [
    ['items without a receipt = 0', sent.items_unanswered, 0],
    [
      'sent = accepted + dropped + rejected (receipts)',
      items,
      sent.items_accepted + sent.items_dropped + sent.items_rejected,
    ],
    ['sent - rejected = taken by the writer', items - sent.items_rejected, writer.accepted],
    [
      'sent = stored + duplicates + dropped + rejected',
      items,
      writer.flushed + writer.duplicates + writer.dropped + writer.deadLetters + sent.items_rejected,
    ],
    ['wrong samples = rejected', sent.samples_invalid, sent.items_rejected],
    ['repeated samples = duplicates', sent.samples_repeated, writer.duplicates],
    ['samples without a session = dead letters', sent.samples_orphaned, writer.deadLetters],
    ['sessions, through the API', sent.sessions_started, api.sessions],
    ['ended sessions, through the API', sent.sessions_ended, api.ended],
    ['samples, through the API', samples, api.samples],
    ['lost samples and events, through the API', writer.droppedSamples + writer.droppedEvents, api.lost],
  ];
  // A receipt tells of its own items only: with DROP_OLDEST a later request pushes them out, and only the writer knows.
  if (!mayDrop) lines.push(['dropped by the writer = 0', 0, writer.dropped]);
  if (rows !== null) {
    lines.push(
      ['samples, rows in the file', samples, rows.samples],
      ['events, rows in the file', sent.events_sent - writer.droppedEvents, rows.events],
      ['sessions, rows in the file', sent.sessions_started, rows.sessions],
      ['ended sessions, rows in the file', sent.sessions_ended, rows.ended],
      ['playbacks, rows in the file', sent.playbacks_started, rows.playbacks],
      ['ended playbacks, rows in the file', sent.playbacks_ended, rows.endedPlaybacks],
      ['process sessions, rows in the file', sent.processes_started, rows.processes],
      ['ended process sessions, rows in the file', sent.processes_ended, rows.endedProcesses],
      ['extractions, rows in the file', sent.extractions_sent, rows.extractions],
      ['transcripts put, rows in the file', sent.transcripts_put, rows.transcripts],
      ['their extractions, rows in the file', sent.transcripts_put, rows.extractionResults],
      ['hits of the cache, as counted in the file', sent.lookups_hit, rows.lookupHits],
      ['misses of the cache, as counted in the file', sent.lookups_missed, rows.lookupMisses],
      ['dead letters, rows in the file', sent.samples_orphaned, rows.deadLetters],
      ['integrity of the file', 'ok', rows.integrity],
    );
  }
  return lines.map(([name, left, right]) => ({ name, left, right, isEqual: left === right }));
}

export function printLines(lines) {
  console.log('\nReconciliation');
  for (const { name, left, right, isEqual } of lines) {
    console.log(
      `  ${isEqual ? 'ok  ' : 'FAIL'} ${name}: ${left}${isEqual ? '' : ` expected, ${right} found`}`,
    );
  }
}
