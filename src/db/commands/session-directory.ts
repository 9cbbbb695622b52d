import { sliceOf } from '../../domain/time.js';
import type { Statement } from '../backend.js';
import type { Db } from '../database.js';
import { byId, byUuid, type SessionReference } from './session-reference.js';
import { COUNTER_COLUMNS } from './sql-text.js';

/** Sessions kept by UUID: more than one machine plays at once; the rest is one look-up away. */
const MAX_CACHED_SESSIONS = 20_000;
/** The first slice whose roll-ups may still change; prune raises it and it never falls. */
export const FROZEN_BEFORE_KEY = 'imm.frozen_before_slice';
/** Where the maximum (of a session) or the sum (of a video) of removed slices is kept. */
export const BASE_SLICE = -1;

const COLUMNS = COUNTER_COLUMNS.join(', ');
const KEEP_BASE = `INSERT INTO imm_session_slices (session_id, slice, ${COLUMNS})
  SELECT session_id, ${BASE_SLICE}, ${COLUMNS} FROM imm_session_totals WHERE session_id = ? ON CONFLICT DO NOTHING`;

export interface ResolvedSessions {
  reference(sessionUuid: string): SessionReference | null;
  readonly frozenBefore: number;
  /** Needed before the samples of sessions whose slices all left retention: later slices are counted from there. */
  readonly baseStatements: readonly Statement[];
}

/** Resolves session UUIDs to integers, remembering the most recent. */
export class SessionDirectory {
  readonly #db: Db;
  readonly #ids = new Map<string, number>();
  readonly #sql: string;
  #frozenBefore = 0;

  constructor(db: Db) {
    this.#db = db;
    this.#sql = `SELECT s.session_uuid, s.session_id, t.last_sample_ms,
      (SELECT value FROM sys_settings WHERE key = '${FROZEN_BEFORE_KEY}')
      FROM ${db.functions.jsonRows('?', ['uuid'])} AS u
      LEFT JOIN imm_sessions s ON s.session_uuid = u.uuid
      LEFT JOIN imm_session_totals t ON t.session_id = s.session_id`;
  }

  /** `startingUuids` may be unknown to the database: they are named by UUID until their flush has committed. */
  async resolve(uuids: ReadonlySet<string>, startingUuids: ReadonlySet<string>): Promise<ResolvedSessions> {
    const missing = [...uuids].filter((uuid) => !this.#ids.has(uuid));
    const baseStatements = missing.length === 0 ? [] : await this.#load(missing);
    const ids = new Map([...uuids].map((uuid) => [uuid, this.#ids.get(uuid)]));
    return {
      frozenBefore: this.#frozenBefore,
      baseStatements,
      reference: (uuid) => {
        const id = ids.get(uuid);
        if (id !== undefined) return byId(id);
        return startingUuids.has(uuid) ? byUuid(uuid) : null;
      },
    };
  }

  /** After rows may have gone (a purge, another process): ask again. */
  forget(): void {
    this.#ids.clear();
  }

  async #load(missing: readonly string[]): Promise<Statement[]> {
    const rows = await this.#db.backend.read({
      sql: this.#sql,
      params: [JSON.stringify(missing.map((uuid) => [uuid]))],
    });
    const base: Statement[] = [];
    for (const [uuid, id, lastSampleMs, frozen] of rows) {
      this.#frozenBefore = Math.max(this.#frozenBefore, Number(frozen ?? 0));
      if (typeof uuid !== 'string' || typeof id !== 'number') continue;
      this.#remember(uuid, id);
      const isPruned = typeof lastSampleMs === 'number' && sliceOf(lastSampleMs) < this.#frozenBefore;
      if (isPruned) base.push({ sql: KEEP_BASE, params: [id] });
    }
    return base;
  }

  #remember(uuid: string, id: number): void {
    if (this.#ids.size >= MAX_CACHED_SESSIONS) {
      for (const oldest of this.#ids.keys()) {
        this.#ids.delete(oldest);
        break;
      }
    }
    this.#ids.set(uuid, id);
  }
}
