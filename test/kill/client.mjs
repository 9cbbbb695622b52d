import { setTimeout as delay } from 'node:timers/promises';
import { countersOf } from './ledger.mjs';

const RECEIPT = 'accepted duplicates dropped rejected { index code }';
const TYPES = {
  recordTelemetry: 'RecordTelemetryInput',
  recordEvents: 'RecordEventsInput',
  endSession: 'EndSessionInput',
  ingest: 'IngestInput',
};
const EVENT_TYPES = ['SUBTITLE_LINE', 'LOOKUP', 'CARD_MINED', 'PAUSE_START', 'PAUSE_END', 'SEEK_FORWARD'];

/**
 * @typedef {import('./ledger.mjs').Item} Item
 * @typedef {import('./ledger.mjs').Session} Session
 * @typedef {{ accepted: number, duplicates: number | null, dropped: number,
 *   rejected: { index: number, code: string }[] }} Receipt
 */

/**
 * One mutation; null when the server died under it.
 * @param {string} url
 * @param {string} query
 * @param {object} variables
 * @returns {Promise<{ data?: any, errors?: { message: string, extensions?: { code?: string } }[] } | null>}
 */
export async function ask(url, query, variables) {
  try {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return /** @type {any} */ (await response.json());
  } catch {
    return null;
  }
}

/** @param {Item} item */
const toStart = ({ session }) => ({
  sessionUuid: session.uuid,
  startedAtMs: session.startedAtMs,
  video: { videoKey: session.videoKey, title: session.videoKey, sourceType: 'REMOTE' },
  targetLanguage: 'ja',
});
/** @param {Item} item */
const toSample = ({ atMs, n }) => ({ sampleMs: atMs, ...countersOf(n) });
/** @param {Item} item */
const toEvent = ({ atMs, n }) => ({
  tsMs: atMs,
  clientSeq: n,
  type: EVENT_TYPES[n % EVENT_TYPES.length],
  wordsDelta: n,
  payload: { n },
});
/** @param {Item} item */
const toEnd = ({ session, atMs }) => ({ sessionUuid: session.uuid, endedAtMs: atMs });

/**
 * Items of any sessions as one `ingest`, and the order in which its receipt counts them.
 * @param {readonly Item[]} items
 */
export function toIngest(items) {
  const of = (/** @type {Item['kind']} */ kind) => items.filter((item) => item.kind === kind);
  const starts = of('start');
  const samples = bySession(of('sample'));
  const events = bySession(of('event'));
  const ends = of('end');
  return {
    input: {
      starts: starts.map(toStart),
      telemetry: samples.map((own) => ({ sessionUuid: own[0].session.uuid, samples: own.map(toSample) })),
      events: events.map((own) => ({ sessionUuid: own[0].session.uuid, events: own.map(toEvent) })),
      ends: ends.map(toEnd),
    },
    order: [...starts, ...samples.flat(), ...events.flat(), ...ends],
  };
}

/** @param {readonly Item[]} items @returns {Item[][]} */
function bySession(items) {
  /** @type {Map<Session, Item[]>} */
  const groups = new Map();
  for (const item of items) groups.set(item.session, [...(groups.get(item.session) ?? []), item]);
  return [...groups.values()];
}

/** One client: sends one request after the other until the server dies, and notes every answer. */
export class Client {
  /** @type {Session[]} */
  #open = [];
  /** COMMITTED requests that wait for their answer now. */
  waiting = 0;
  committedShare = 0.4;

  /**
   * @param {number} id
   * @param {import('./random.mjs').Random} random
   * @param {import('./ledger.mjs').Ledger} ledger
   */
  constructor(id, random, ledger) {
    this.id = id;
    this.random = random;
    this.ledger = ledger;
  }

  /** @param {string} url @param {() => boolean} isOver */
  async run(url, isOver) {
    while (!isOver() && (await this.#step(url))) await delay(this.random.int(0, 25));
  }

  /** Sends old items again, all COMMITTED, in any order. @param {string} url @param {readonly Item[]} items */
  async resend(url, items) {
    const left = this.random.shuffled(items);
    while (left.length > 0) {
      const part = left.splice(0, this.random.int(20, 150));
      for (const item of part) item.isResent = true;
      const { input, order } = toIngest(part);
      const receipt = await this.#send(url, 'ingest', { ...input, durability: 'COMMITTED' }, order, true);
      if (receipt === null) return false;
      const rejected = new Set(receipt.rejected.map(({ index }) => index));
      order.forEach((item, index) => (item.isSettled ||= !rejected.has(index)));
    }
    return true;
  }

  /** @param {string} url */
  async #step(url) {
    const { random, ledger } = this;
    const isCommitted = random.chance(this.committedShare);
    const durability = isCommitted ? 'COMMITTED' : 'QUEUED';
    if (this.#open.length < 2 || random.chance(0.08)) {
      const session = ledger.newSession(random);
      if (random.chance(0.5)) {
        this.#open.push(session);
        return this.#start(url, session);
      }
      const items = [session.start, ...ledger.newSamples(session, random.int(1, 12))];
      items.push(...ledger.newEvents(session, random.int(0, 8)));
      if (random.chance(0.5)) items.push(ledger.newEnd(session));
      else this.#open.push(session);
      const { input, order } = toIngest(items);
      return this.#did(this.#send(url, 'ingest', { ...input, durability }, order, isCommitted));
    }
    const session = random.pick(this.#open);
    const sessionUuid = session.uuid;
    if (random.chance(0.07)) {
      this.#open = this.#open.filter((other) => other !== session);
      const end = ledger.newEnd(session);
      return this.#did(this.#send(url, 'endSession', toEnd(end), [end], false));
    }
    if (random.chance(0.6)) {
      const items = ledger.newSamples(session, random.int(1, 10));
      const input = { sessionUuid, samples: items.map(toSample), durability };
      return this.#did(this.#send(url, 'recordTelemetry', input, items, isCommitted));
    }
    const items = ledger.newEvents(session, random.int(1, 6));
    const input = { sessionUuid, events: items.map(toEvent), durability };
    return this.#did(this.#send(url, 'recordEvents', input, items, isCommitted));
  }

  /** @param {string} url @param {Session} session */
  #start(url, session) {
    const query = `mutation ($input: StartSessionInput!) { startSession(input: $input) { receipt { ${RECEIPT} } } }`;
    const read = (/** @type {any} */ data) => /** @type {Receipt} */ (data.startSession.receipt);
    return this.#did(this.#request(url, query, toStart(session.start), [session.start], false, read));
  }

  /**
   * @param {string} url
   * @param {keyof typeof TYPES} field
   * @param {object} input
   * @param {Item[]} items
   * @param {boolean} isCommitted
   */
  #send(url, field, input, items, isCommitted) {
    const query = `mutation ($input: ${TYPES[field]}!) { ${field}(input: $input) { ${RECEIPT} } }`;
    return this.#request(url, query, input, items, isCommitted, (data) => data[field]);
  }

  /**
   * Null when the server is gone.
   * @param {string} url
   * @param {string} query
   * @param {object} input
   * @param {Item[]} items
   * @param {boolean} isCommitted
   * @param {(data: any) => Receipt} read
   * @returns {Promise<Receipt | null>}
   */
  async #request(url, query, input, items, isCommitted, read) {
    for (;;) {
      /** @type {import('./ledger.mjs').Request} */
      const request = { client: this.id, items, isCommitted, outcome: 'open', answeredMs: 0 };
      this.ledger.requests.push(request);
      if (isCommitted) this.waiting += 1;
      const answer = await ask(url, query, { input });
      if (isCommitted) this.waiting -= 1;
      request.answeredMs = performance.now();
      if (answer === null) {
        request.outcome = 'unknown';
        return null;
      }
      const code = answer.errors?.[0]?.extensions?.code;
      if (code === undefined) {
        request.outcome = 'answered';
        const receipt = read(answer.data);
        promise(items, receipt, isCommitted);
        return receipt;
      }
      // A stopping server, or a commit it cannot confirm: the items may be stored or not.
      request.outcome = code === 'QUEUE_FULL' ? 'refused' : 'unknown';
      if (code === 'UNAVAILABLE') return null;
      if (code !== 'QUEUE_FULL') throw new Error(`${code}: ${answer.errors?.[0]?.message}`);
      await delay(20);
    }
  }

  /** @param {Promise<Receipt | null>} answer */
  async #did(answer) {
    return (await answer) !== null;
  }
}

/** @param {Item[]} items @param {Receipt} receipt @param {boolean} isCommitted */
function promise(items, { accepted, dropped, rejected }, isCommitted) {
  if (accepted + dropped + rejected.length !== items.length || dropped > 0) {
    throw new Error(
      `A receipt does not add up: ${items.length} sent, ${accepted} accepted, ${dropped} dropped`,
    );
  }
  const strange = rejected.find(({ code }) => code !== 'SESSION_UNKNOWN');
  if (strange !== undefined) throw new Error(`An item was rejected: ${strange.code}`);
  // Of a session whose start was lost: it waits as a dead letter, which is a promise too.
  for (const item of items) {
    if (isCommitted) item.state = 'committed';
    else if (item.state === 'sent') item.state = 'queued';
  }
}
