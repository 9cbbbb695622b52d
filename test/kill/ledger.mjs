/**
 * What clients sent and what they were told, kept apart from the server.
 *
 * @typedef {'live' | 'old' | 'ancient'} Age `old` has left the retention of events and telemetry, `ancient` that of
 *   slices too: of those only what pruning must keep is checked.
 * @typedef {'sent' | 'queued' | 'committed'} State the most a client was ever promised
 * @typedef {object} Item
 * @property {'start' | 'sample' | 'event' | 'end'} kind
 * @property {Session} session
 * @property {number} n place in its session
 * @property {number} atMs
 * @property {State} state
 * @property {boolean} isResent sent more than once: it says nothing about the order of commits
 * @property {boolean} isSettled a resend of it was answered as committed
 *
 * @typedef {object} Session
 * @property {string} uuid
 * @property {Age} age
 * @property {string} videoKey
 * @property {number} startedAtMs
 * @property {Item} start
 * @property {Item[]} samples
 * @property {Item[]} events
 * @property {Item | null} end
 *
 * @typedef {object} Request one mutation of one client: its items are in one commit
 * @property {number} client
 * @property {Item[]} items
 * @property {boolean} isCommitted asked for COMMITTED
 * @property {'open' | 'answered' | 'refused' | 'unknown'} outcome `unknown` is a connection that broke
 * @property {number} answeredMs
 */

const DAY_MS = 86_400_000;
/** Days before now in which a session of an age starts, oldest first. */
const AGES = { live: [4, 1], old: [45, 36], ancient: [140, 130] };

/** Counters of the n-th sample, from 1: running totals, as a client reports them. @param {number} n */
export const countersOf = (n) => ({
  totalWatchedMs: n * 60_000,
  activeWatchedMs: n * 50_000,
  linesSeen: n * 4,
  wordsSeen: n * 20,
  tokensSeen: n * 22,
  cardsMined: Math.floor(n / 5),
  lookupCount: n * 2,
  lookupHits: n,
  pauseCount: Math.floor(n / 7),
  pauseMs: n * 100,
  seekForwardCount: Math.floor(n / 3),
  seekBackwardCount: Math.floor(n / 4),
  mediaBufferEvents: Math.floor(n / 9),
});

export class Ledger {
  /** @type {Map<string, Session>} */
  sessions = new Map();
  /** Of the run under way. @type {Request[]} */
  requests = [];

  /** @param {import('./random.mjs').Random} random */
  newSession(random) {
    /** @type {Age} */
    const age = random.chance(0.7) ? 'live' : random.pick(['old', 'ancient']);
    const [from, to] = AGES[age];
    const startedAtMs = Date.now() - random.int(to * DAY_MS, from * DAY_MS);
    /** @type {Session} */
    const session = {
      uuid: random.uuid(),
      age,
      videoKey: `${age}-${random.int(0, 7)}`,
      startedAtMs,
      start: /** @type {any} */ (null),
      samples: [],
      events: [],
      end: null,
    };
    session.start = item('start', session, 0, startedAtMs);
    this.sessions.set(session.uuid, session);
    return session;
  }

  /** @param {Session} session @param {number} count */
  newSamples(session, count) {
    return Array.from({ length: count }, () => {
      const n = session.samples.length + 1;
      const made = item('sample', session, n, session.startedAtMs + n * 60_000);
      session.samples.push(made);
      return made;
    });
  }

  /** @param {Session} session @param {number} count */
  newEvents(session, count) {
    return Array.from({ length: count }, () => {
      const n = session.events.length + 1;
      const made = item('event', session, n, session.startedAtMs + n * 30_000 + 1);
      session.events.push(made);
      return made;
    });
  }

  /** @param {Session} session */
  newEnd(session) {
    session.end = item('end', session, 0, session.startedAtMs + session.samples.length * 60_000 + 5_000);
    return session.end;
  }

  *items() {
    for (const { start, samples, events, end } of this.sessions.values()) {
      yield start;
      yield* samples;
      yield* events;
      if (end !== null) yield end;
    }
  }
}

/**
 * @param {Item['kind']} kind
 * @param {Session} session
 * @param {number} n
 * @param {number} atMs
 * @returns {Item}
 */
const item = (kind, session, n, atMs) => ({
  kind,
  session,
  n,
  atMs,
  state: 'sent',
  isResent: false,
  isSettled: false,
});

/** Whether the rows of an item stay in the database whatever the prune job does. @param {Item} found */
export const isLasting = ({ kind, session }) => session.age === 'live' || kind === 'start' || kind === 'end';
