import { statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { countersOf, isLasting } from './ledger.mjs';

const ENDED = 2;
const RUNNING = 0;
const COUNTERS = Object.keys(countersOf(0));
const column = (/** @type {string} */ key) => key.replaceAll(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
const COLUMNS = COUNTERS.map(column);

/**
 * @typedef {import('./ledger.mjs').Item} Item
 * @typedef {import('./ledger.mjs').Session} Session
 */

/** The database of a server that is down, read without it. */
export class Found {
  /** @type {string[]} */
  problems = [];
  /** Jobs that a kill cut off. @type {string[]} */
  cutJobs = [];
  hasTables = false;
  /** @type {Map<string, { id: number, status: number, endedAtMs: number | null, totals: number[] | null,
   *   samplesCount: number, droppedCount: number }>} */
  #sessions = new Map();
  /** Counters of a sample by session id and instant; of an event its type. @type {Map<string, string>} */
  #rows = new Map();
  /** @type {Set<string>} */
  #letters = new Set();

  /** @param {string} file @param {number} sinceMs jobs that began before are not of this run */
  constructor(file, sinceMs) {
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0) return;
    const database = new Database(file, { readonly: true, timeout: 5_000 });
    try {
      this.#read(database, sinceMs);
    } finally {
      database.close();
    }
  }

  get deadLetterCount() {
    return this.#letters.size;
  }

  get sessionCount() {
    return this.#sessions.size;
  }

  get rowCount() {
    return this.#rows.size;
  }

  /** Stored, or kept as a dead letter. @param {Item} item */
  holds(item) {
    return this.isStored(item) || this.#letters.has(letterKey(item.session.uuid, item.kind, item.atMs));
  }

  /** @param {Item} item */
  isStored({ kind, session, atMs, n }) {
    const found = this.#sessions.get(session.uuid);
    if (found === undefined || kind === 'start') return found !== undefined;
    if (kind === 'end') return found.status === ENDED && found.endedAtMs === atMs;
    // Pruned rows are gone; what they said is in the totals.
    if (session.age !== 'live') {
      return kind === 'event' || Object.values(countersOf(n)).every((c, i) => c <= (found.totals?.[i] ?? 0));
    }
    return this.#rows.has(`${kind} ${found.id} ${atMs}`);
  }

  /** What is wrong with a session of which everything was sent again. @param {Session} session */
  problemsOf(session) {
    const found = this.#sessions.get(session.uuid);
    if (found === undefined) return ['is missing'];
    /** @type {string[]} */
    const problems = [];
    const same = (/** @type {string} */ name, /** @type {unknown} */ left, /** @type {unknown} */ right) => {
      if (String(left) !== String(right)) problems.push(`${name} ${String(left)}, expected ${String(right)}`);
    };
    const last = session.samples.length;
    if (last > 0) same('totals', found.totals, Object.values(countersOf(last)));
    same('dropped', found.droppedCount, 0);
    if (session.end !== null) same('end', [found.status, found.endedAtMs], [ENDED, session.end.atMs]);
    if (session.age !== 'live') return problems;
    same('count of samples', found.samplesCount, last);
    for (const { n, atMs } of session.samples) {
      same(`sample ${n}`, this.#rows.get(`sample ${found.id} ${atMs}`), Object.values(countersOf(n)));
    }
    for (const { n, atMs } of session.events) {
      same(`event ${n}`, this.#rows.get(`event ${found.id} ${atMs}`), n);
    }
    return problems;
  }

  /** @param {import('better-sqlite3').Database} database @param {number} sinceMs */
  #read(database, sinceMs) {
    const all = (/** @type {string} */ sql) => /** @type {any[][]} */ (database.prepare(sql).raw().all());
    const integrity = all('PRAGMA integrity_check').flat().join('; ');
    if (integrity !== 'ok') this.problems.push(`integrity_check: ${integrity.slice(0, 500)}`);
    const dangling = all('PRAGMA foreign_key_check');
    if (dangling.length > 0) this.problems.push(`foreign_key_check: ${JSON.stringify(dangling.slice(0, 5))}`);
    this.hasTables = all("SELECT 1 FROM sqlite_master WHERE name = 'imm_sessions'").length > 0;
    if (!this.hasTables) return;
    const totals = COLUMNS.map((c) => `t.${c}`).join(', ');
    for (const [uuid, id, status, endedAtMs, samplesCount, droppedCount, ...counters] of all(
      `SELECT s.session_uuid, s.session_id, s.status, s.ended_at_ms, t.samples_count, t.dropped_count, ${totals}
        FROM imm_sessions s LEFT JOIN imm_session_totals t ON t.session_id = s.session_id`,
    )) {
      this.#sessions.set(uuid, {
        id,
        status,
        endedAtMs,
        samplesCount: samplesCount ?? 0,
        droppedCount: droppedCount ?? 0,
        totals: samplesCount === null ? null : counters,
      });
    }
    for (const [id, atMs, ...counters] of all(
      `SELECT session_id, sample_ms, ${COLUMNS.join(', ')} FROM imm_session_telemetry`,
    )) {
      this.#rows.set(`sample ${id} ${atMs}`, counters.join());
    }
    for (const [id, atMs, seq] of all('SELECT session_id, ts_ms, client_seq FROM imm_session_events')) {
      const key = `event ${id} ${atMs}`;
      if (this.#rows.has(key)) this.problems.push(`An event is stored twice: ${key}`);
      this.#rows.set(key, String(seq));
    }
    const duplicates = all(`SELECT session_id, sample_ms FROM imm_session_telemetry
      GROUP BY session_id, sample_ms HAVING COUNT(*) > 1`);
    if (duplicates.length > 0) this.problems.push(`${duplicates.length} samples are stored twice`);
    for (const [uuid, kind, json] of all('SELECT session_uuid, kind, command_json FROM sys_dead_letters')) {
      const command = JSON.parse(json);
      this.#letters.add(letterKey(uuid, kind, command.sampleMs ?? command.event?.tsMs ?? command.endedAtMs));
    }
    this.cutJobs = all(
      `SELECT job_name FROM sys_job_runs WHERE status = ${RUNNING} AND started_at_ms >= ${sinceMs}`,
    ).flat();
  }
}

const KINDS = /** @type {Record<string, string>} */ ({
  recordSample: 'sample',
  recordEvent: 'event',
  endSession: 'end',
});
/** @param {string} uuid @param {string} kind @param {number} atMs */
const letterKey = (uuid, kind, atMs) => `${uuid} ${KINDS[kind] ?? kind} ${atMs}`;

/**
 * Roll-ups against the counters of the ledger: gains of a video add up to the ends of its sessions.
 * @param {string} file
 * @param {Iterable<Session>} sessions
 */
export function checkRollups(file, sessions) {
  /** @type {Map<string, { started: number, words: number }>} */
  const expected = new Map();
  for (const { age, videoKey, samples } of sessions) {
    // Slices of `ancient` ones are frozen: what came later than the prune is in the totals only.
    if (age === 'ancient') continue;
    const sum = expected.get(videoKey) ?? { started: 0, words: 0 };
    const words = countersOf(samples.length).wordsSeen;
    expected.set(videoKey, { started: sum.started + 1, words: sum.words + words });
  }
  const database = new Database(file, { readonly: true });
  const rows = /** @type {any[][]} */ (
    database
      .prepare(
        `SELECT v.video_key, SUM(r.sessions_started), SUM(r.words_seen) FROM imm_slice_rollups r
          LEFT JOIN imm_videos v ON v.video_id = r.video_id GROUP BY r.video_id`,
      )
      .raw()
      .all()
  );
  const dirty = database.prepare('SELECT COUNT(*) FROM imm_dirty_slices').pluck().get();
  database.close();
  const found = new Map(rows.map(([key, started, words]) => [key, { started, words }]));
  const problems = dirty === 0 ? [] : [`${String(dirty)} slices are still dirty after a roll-up`];
  for (const [key, want] of expected) {
    const got = found.get(key);
    if (got?.started !== want.started || got.words !== want.words) {
      problems.push(`Roll-ups of ${key}: ${JSON.stringify(got)}, expected ${JSON.stringify(want)}`);
    }
  }
  const videos = rows.filter(([key]) => key !== null);
  const all = found.get(null);
  const sum = (/** @type {number} */ place) => videos.reduce((total, row) => total + row[place], 0);
  if (all !== undefined && (all.started !== sum(1) || all.words !== sum(2))) {
    problems.push('The roll-up of all videos is not the sum of the videos');
  }
  return problems;
}

/**
 * Compares the promises of a run with what is there.
 * @param {import('./ledger.mjs').Ledger} ledger
 * @param {Found} found
 * @param {number} killedMs
 */
export function checkPromises(ledger, found, killedMs) {
  const problems = [...found.problems];
  let committed = 0;
  for (const item of ledger.items()) {
    if (item.state !== 'committed') continue;
    committed += 1;
    if (!found.holds(item)) {
      problems.push(`COMMITTED and not there: ${item.kind} ${item.n} of ${item.session.uuid}`);
    }
  }
  let lost = 0;
  let oldestLossMs = 0;
  /** The first request of a client that is not there. @type {Map<number, import('./ledger.mjs').Request>} */
  const missing = new Map();
  for (const request of ledger.requests) {
    if (request.outcome === 'refused') continue;
    const items = request.items.filter((item) => isLasting(item) && !item.isResent);
    const held = items.filter((item) => found.holds(item)).length;
    if (held > 0 && held < items.length) {
      problems.push(`A request is half there: ${held} of ${items.length} items of client ${request.client}`);
    }
    if (items.length === 0) continue;
    if (held === 0) {
      if (!missing.has(request.client)) missing.set(request.client, request);
      if (request.outcome !== 'answered') continue;
      lost += items.length;
      oldestLossMs = Math.max(oldestLossMs, killedMs - request.answeredMs);
    } else if (missing.has(request.client)) {
      problems.push(`Client ${request.client}: a later request is there and an earlier one is not`);
    }
  }
  return { problems, committed, lost, oldestLossMs };
}
