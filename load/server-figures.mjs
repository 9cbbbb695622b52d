import Database from 'better-sqlite3';
import pg from 'pg';

const STATUS = `{ serverStatus { queue { depth accepted flushed duplicates dropped deadLetters } } }`;
const SESSIONS = `query ($key: String!, $after: String) {
  sessions(first: 200, after: $after, filter: { videoKey: $key }) {
    edges { node { status droppedSamples totals { samples } } }
    pageInfo { hasNextPage endCursor }
  }
}`;
/** As many as shared/viewing.ts uses. */
const VIDEO_COUNT = 4;
const SETTLE_TIMEOUT_MS = 60_000;
const POLL_MS = 100;

/** Answers the data; throws when there are errors. */
export async function ask(url, query, variables = {}) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  if (errors !== undefined) throw new Error(`The server answered: ${errors[0].message}`);
  return data;
}

/**
 * The writer's own account, and the drops by kind from the metrics.
 * @param {string} url
 */
export async function readWriter(url) {
  const { queue } = (await ask(url, STATUS)).serverStatus;
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const sumOf = (name, kind) =>
    [...metrics.matchAll(new RegExp(`^${name}\\{kind="${kind}".*\\} (\\d+)$`, 'gm'))]
      .map(([, count]) => Number(count))
      .reduce((sum, count) => sum + count, 0);
  const droppedOf = (kind) => sumOf('kinostat_ingest_dropped_total', kind);
  // The server's own notes of lookups in the cache: nobody sent them.
  const notes = sumOf('kinostat_ingest_accepted_total', 'recordLookups');
  return {
    ...queue,
    accepted: queue.accepted - notes,
    flushed: queue.flushed - notes,
    droppedSamples: droppedOf('recordSample'),
    droppedEvents: droppedOf('recordEvent'),
  };
}

/** Waits until nothing is queued or in flight: every accepted item has come to an end. */
export async function settle(url) {
  const deadlineMs = Date.now() + SETTLE_TIMEOUT_MS;
  for (;;) {
    const writer = await readWriter(url);
    const ended = writer.flushed + writer.duplicates + writer.dropped + writer.deadLetters;
    if (writer.depth === 0 && writer.accepted === ended) return writer;
    if (Date.now() > deadlineMs) {
      throw new Error(`After ${SETTLE_TIMEOUT_MS} ms the queue has not settled: ${JSON.stringify(writer)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** What the API says of the sessions of this run. */
export async function readSessions(url, run) {
  const sum = { sessions: 0, ended: 0, samples: 0, lost: 0 };
  for (let n = 0; n < VIDEO_COUNT; n += 1) {
    const key = `load:${run}:${n}`;
    if ((await ask(url, 'query ($key: String!) { video(videoKey: $key) { id } }', { key })).video === null)
      continue;
    let after = null;
    do {
      const { edges, pageInfo } = (await ask(url, SESSIONS, { key, after })).sessions;
      for (const { node } of edges) {
        sum.sessions += 1;
        sum.ended += node.status === 'ENDED' ? 1 : 0;
        sum.samples += node.totals.samples;
        sum.lost += node.droppedSamples;
      }
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null);
  }
  return sum;
}

/** Sums beside the counts of rows. */
const SUMS = {
  lookupHits: 'SELECT COALESCE(SUM(hits + negative_hits), 0) AS n FROM trx_cache_slices',
  lookupMisses: 'SELECT COALESCE(SUM(misses), 0) AS n FROM trx_cache_slices',
};

const TABLES = {
  transcripts: 'trx_transcripts',
  extractionResults: 'trx_results',
  samples: 'imm_session_telemetry',
  events: 'imm_session_events',
  sessions: 'imm_sessions',
  ended: 'imm_sessions WHERE status = 2',
  playbacks: 'ply_sessions',
  endedPlaybacks: 'ply_sessions WHERE ended_at_ms IS NOT NULL',
  processes: 'agt_process_sessions',
  endedProcesses: 'agt_process_sessions WHERE ended_at_ms IS NOT NULL',
  extractions: 'agt_extractions',
  deadLetters: 'sys_dead_letters',
};

/** The same in PostgreSQL. */
export async function countPostgresRows(url) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const counts = { integrity: 'ok' };
    for (const [name, from] of Object.entries(TABLES)) {
      counts[name] = Number((await client.query(`SELECT COUNT(*) AS n FROM ${from}`)).rows[0].n);
    }
    for (const [name, sql] of Object.entries(SUMS))
      counts[name] = Number((await client.query(sql)).rows[0].n);
    return counts;
  } finally {
    await client.end();
  }
}

/** Rows in the file of a server that has stopped: nothing of Kinostat's own code is asked. */
export function countRows(file) {
  const database = new Database(file, { readonly: true });
  try {
    const counts = { integrity: database.pragma('integrity_check', { simple: true }) };
    for (const [name, from] of Object.entries(TABLES)) {
      counts[name] = database.prepare(`SELECT COUNT(*) FROM ${from}`).pluck().get();
    }
    for (const [name, sql] of Object.entries(SUMS)) counts[name] = database.prepare(sql).pluck().get();
    return counts;
  } finally {
    database.close();
  }
}
