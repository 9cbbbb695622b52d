import Database from 'better-sqlite3';
import { pragmasOf } from '../dist/db/sqlite/pragmas.js';

/**
 * The yardstick of the agents domain: better-sqlite3 on the calling thread, words as text in every row, the indexes that
 * such a store needs for its own lists (agent and session, type and pattern, time, risk), no dictionaries, no totals, no
 * recognition of resends.
 */
export class RawAgents {
  #database;
  #insert;
  #start;
  #get;

  constructor(file) {
    this.#database = new Database(file);
    for (const pragma of pragmasOf('writer')) this.#database.pragma(pragma);
    this.#database.exec(`
      CREATE TABLE sessions (id INTEGER PRIMARY KEY, agent TEXT NOT NULL, uuid TEXT NOT NULL UNIQUE, environment TEXT,
        started_at INTEGER, ended_at INTEGER, exit_code INTEGER, lines INTEGER DEFAULT 0, extractions INTEGER DEFAULT 0);
      CREATE INDEX sessions_agent ON sessions (agent, started_at DESC);
      CREATE INDEX sessions_ended ON sessions (ended_at);
      CREATE TABLE extractions (id INTEGER PRIMARY KEY, agent TEXT NOT NULL, uuid TEXT NOT NULL, ts INTEGER,
        type TEXT NOT NULL, pattern TEXT NOT NULL, value TEXT, line TEXT, line_number INTEGER, metadata TEXT,
        language TEXT, risk TEXT, auto_confirmable INTEGER DEFAULT 0);
      CREATE INDEX extractions_session ON extractions (agent, uuid);
      CREATE INDEX extractions_pattern ON extractions (type, pattern);
      CREATE INDEX extractions_ts ON extractions (ts);
      CREATE INDEX extractions_risk ON extractions (risk);`);
    const insert = this.#database.prepare(
      `INSERT INTO extractions (agent, uuid, ts, type, pattern, value, line, line_number, risk)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#insert = this.#database.transaction((rows) => {
      for (const r of rows)
        insert.run(
          ...[r.agent, r.uuid, r.tsMs, r.type, r.pattern, r.matchedValue, r.originalLine],
          ...[r.lineNumber, String(r.riskLevel)],
        );
    }).immediate;
    const start = this.#database.prepare(
      'INSERT INTO sessions (agent, uuid, environment, started_at) VALUES (?, ?, ?, ?)',
    );
    this.#start = this.#database.transaction((sessions) => {
      for (const s of sessions) start.run(s.agent, s.uuid, 'bench', s.startedAtMs);
    }).immediate;
    this.#get = this.#database.prepare('SELECT * FROM sessions WHERE uuid = ?');
  }

  /** One transaction, as `start`. */
  insert(rows) {
    this.#insert(rows);
  }

  start(sessions) {
    this.#start(sessions);
  }

  get(uuid) {
    if (this.#get.get(uuid) === undefined) throw new Error('A session is missing');
  }

  checkpoint() {
    this.#database.pragma('wal_checkpoint(PASSIVE)');
  }

  close() {
    this.#database.close();
  }
}
