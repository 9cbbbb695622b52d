// Clients that ask without a pause until they are told to stop, from a thread of their own. They stand for browsers on other
// machines: they give way to the server, as far as the system has priorities of threads.
import { setPriority } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { createRandom } from '../dist/cli/demo-history.js';
import { Connection } from './connection.mjs';
import { END_MS, sessionCountOf, START_MS } from './history.mjs';
import { OPERATIONS } from './reads-operations.mjs';

const NICE = 19;
const RANGE = {
  range: { from: new Date(START_MS).toISOString(), to: new Date(END_MS).toISOString() },
};
/** Of the history's own sessions. */
const ABOUT_SESSIONS = [
  'sessionLengths(range: $range) { sessions p50Ms p95Ms }',
  'sessionLengthHistogram(range: $range, binMs: 300000) { fromMs sessions }',
  'readingPace(range: $range, timezone: "Asia/Kolkata") { weekday hour wordsPerMin }',
  'weeklyCohorts(subject: VIDEO, range: $range, timezone: "Asia/Kolkata") { week size weeks { weeksLater subjects } }',
  'lookupHeavyVideos(range: $range, minWords: 100, first: 10) { lookupCount wordsSeen }',
].map((question) => `query ($range: TimeRangeInput!) { ${question} }`);

/** What is asked: given the number of the client and of the question, the text and its variables. */
const QUESTIONS = {
  dashboard: (rowCount) => {
    const randoms = [];
    return (client, n) => {
      randoms[client] ??= createRandom(client + 1);
      const operation = OPERATIONS[(client + n) % OPERATIONS.length];
      const chosen = operation.choose(randoms[client], sessionCountOf(rowCount));
      return { query: operation.query, variables: operation.variables(chosen) };
    };
  },
  analytics: () => (_client, n) => ({
    query: ABOUT_SESSIONS[n % ABOUT_SESSIONS.length],
    variables: RANGE,
  }),
};

/**
 * @param {object} options
 * @param {string} options.url of the server
 * @param {keyof typeof QUESTIONS} options.questions
 * @param {number} options.clients each has a connection of its own
 * @param {number} options.rowCount samples of the history that is asked about
 * @returns {{ stop(): Promise<number> }} answers how many questions were answered
 */
export function startClients(options) {
  const worker = new Worker(new URL(import.meta.url), { workerData: options });
  const count = new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`The clients ended with ${code}`)));
  });
  // It is told where it is awaited.
  count.catch(() => undefined);
  return {
    async stop() {
      worker.postMessage('stop');
      try {
        return await count;
      } finally {
        await worker.terminate();
      }
    },
  };
}

async function ask({ url, questions, clients, rowCount }) {
  if (process.platform === 'linux') setPriority(0, NICE);
  let isOver = false;
  parentPort.once('message', () => (isOver = true));
  const questionOf = QUESTIONS[questions](rowCount);
  const counts = await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      const connection = await Connection.open(new URL(url));
      let count = 0;
      for (; !isOver; count += 1) {
        const question = questionOf(client, count);
        const answer = await connection.post(JSON.stringify(question));
        if (!answer.startsWith('{"data"')) throw new Error(`${question.query}: ${answer.slice(0, 300)}`);
      }
      connection.close();
      return count;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

if (!isMainThread) parentPort.postMessage(await ask(workerData));
