// Plain SQL in better-sqlite3 in a thread of its own: the thread that asks and takes the times of answers is held up by
// nothing, as the event loop of a server is not.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { pragmasOf } from '../dist/db/sqlite/pragmas.js';

/**
 * Opens a database for reading.
 * @param {string} file
 * @returns {{ ask(sql: string): Promise<{ ms: number, rows: unknown[][] }>, close(): Promise<number> }} one question at a time
 */
export function openYardstick(file) {
  const worker = new Worker(new URL(import.meta.url), { workerData: file });
  let pending = null;
  worker.on('message', (answer) => pending?.resolve(answer));
  worker.on('error', (error) => pending?.reject(error));
  return {
    ask: (sql) =>
      new Promise((resolve, reject) => {
        pending = { resolve, reject };
        worker.postMessage(sql);
      }),
    close: () => worker.terminate(),
  };
}

if (!isMainThread) {
  const database = new Database(workerData, { readonly: true });
  for (const pragma of pragmasOf('reader')) database.pragma(pragma);
  parentPort.on('message', (sql) => {
    const startedMs = performance.now();
    const rows = database.prepare(sql).raw().all();
    parentPort.postMessage({ ms: performance.now() - startedMs, rows });
  });
}
