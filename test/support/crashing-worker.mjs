// The real worker, with a SQL function that ends its thread: crash() in a statement is a fault at that very point.
import { workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';

const { pragma } = Database.prototype;
const prepared = new WeakSet();
Database.prototype.pragma = function (...args) {
  if (!prepared.has(this)) {
    prepared.add(this);
    this.function('crash', () => process.exit(1));
  }
  return pragma.apply(this, args);
};

if (workerData === null) throw new Error('This file runs as a worker thread');
await import('../../dist/db/sqlite/worker.js');
