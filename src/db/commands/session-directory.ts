import type { Db } from '../database.js';
import { byId, byUuid, type SessionReference } from './session-reference.js';

/** Sessions kept by UUID: more than one machine plays at once; the rest is one look-up away. */
const MAX_CACHED_SESSIONS = 20_000;

export interface ResolvedSessions {
  readonly reference: (sessionUuid: string) => SessionReference | null;
}

/** Resolves session UUIDs to integers, remembering the most recent. */
export class SessionDirectory {
  readonly #db: Db;
  readonly #ids = new Map<string, number>();
  readonly #sql: string;

  constructor(db: Db) {
    this.#db = db;
    this.#sql = `SELECT s.session_uuid, s.session_id FROM ${db.functions.jsonRows('?', ['uuid text'])} AS u
      CROSS JOIN imm_sessions s WHERE s.session_uuid = u.uuid`;
  }

  /** `startingUuids` may be unknown to the database: they are named by UUID until their flush has committed. */
  async resolve(uuids: ReadonlySet<string>, startingUuids: ReadonlySet<string>): Promise<ResolvedSessions> {
    // Taken before anything is awaited: what is forgotten meanwhile is still known to this flush.
    const ids = new Map<string, number>();
    const missing: string[] = [];
    for (const uuid of uuids) {
      const id = this.#ids.get(uuid);
      if (id === undefined) missing.push(uuid);
      else ids.set(uuid, id);
    }
    for (const [uuid, id] of missing.length > 0 ? await this.#load(missing) : []) {
      ids.set(uuid, id);
      this.#remember(uuid, id);
    }
    return {
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

  async #load(missing: readonly string[]): Promise<[uuid: string, id: number][]> {
    const rows = await this.#db.backend.read({
      sql: this.#sql,
      params: [JSON.stringify(missing.map((uuid) => [uuid]))],
    });
    return rows.map(([uuid, id]) => [String(uuid), Number(id)]);
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
