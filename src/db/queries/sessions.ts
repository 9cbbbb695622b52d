import { aliasedTable, and, eq, gte, inArray, lt, sql, type SQL } from 'drizzle-orm';
import { toCounters } from '../../domain/immersion/counters.js';
import type { Session, SessionFilter, SessionTotals } from '../../domain/immersion/types.js';
import type { Page, PageRequest } from '../../domain/page.js';
import { COUNTER_COLUMNS } from '../commands/sql-text.js';
import type { Db } from '../database.js';
import { countRows, listPage } from './keyset.js';
import { PreparedLookup } from './prepared-lookup.js';

export class SessionQueries {
  readonly #totalsSql: string;
  readonly #byUuid: PreparedLookup<string, Session>;

  constructor(private readonly db: Db) {
    const { sessions } = db.tables;
    this.#byUuid = new PreparedLookup((uuids) =>
      this.#select().where(inArray(sessions.sessionUuid, uuids)).prepare(),
    );
    this.#totalsSql = `SELECT ids.id, ${COUNTER_COLUMNS.map((c) => `COALESCE(t.${c}, 0)`).join(', ')},
      t.last_sample_ms, COALESCE(t.samples_count, 0), COALESCE(t.dropped_count, 0),
      (SELECT COUNT(*) FROM sys_dead_letters d WHERE d.session_uuid = s.session_uuid)
      FROM ${db.functions.jsonRows('?', ['id'])} AS ids
      CROSS JOIN imm_sessions s LEFT JOIN imm_session_totals t ON t.session_id = ids.id
      WHERE s.session_id = ids.id`;
  }

  async getSession(sessionUuid: string): Promise<Session | null> {
    return (await this.listSessionsByUuids([sessionUuid]))[0] ?? null;
  }

  async listSessionsByUuids(sessionUuids: readonly string[]): Promise<readonly Session[]> {
    return this.#byUuid.list(sessionUuids);
  }

  /** Newest first; ids break ties of the instant. */
  async listSessions(filter: SessionFilter, page: PageRequest): Promise<Page<Session>> {
    const { sessions } = this.db.tables;
    return listPage(
      this.#select(),
      {
        columns: [sessions.startedAtMs, sessions.sessionId],
        order: 'descending',
        where: this.#matches(filter),
      },
      page,
    );
  }

  async countSessions(filter: SessionFilter): Promise<number> {
    return countRows(this.db, this.db.tables.sessions, this.#matches(filter));
  }

  /** One statement for a whole page: narrow rows by primary key, never telemetry. */
  async listSessionTotals(sessionIds: readonly number[]): Promise<readonly SessionTotals[]> {
    const rows = await this.db.backend.read({
      sql: this.#totalsSql,
      params: [JSON.stringify(sessionIds.map((id) => [id]))],
    });
    const found = new Map(
      rows.map(([id, ...values]) => {
        const numbers = values.map(Number);
        const [last, samples = 0, dropped = 0, dead = 0] = values.slice(COUNTER_COLUMNS.length);
        const totals: SessionTotals = {
          counters: toCounters(numbers),
          lastSampleMs: last == null ? null : Number(last),
          samplesCount: Number(samples),
          droppedCount: Number(dropped),
          deadLetterCount: Number(dead),
        };
        return [Number(id), totals];
      }),
    );
    return sessionIds.map((id) => found.get(id) ?? NO_TOTALS);
  }

  #matches(filter: SessionFilter): SQL | undefined {
    const { sessions } = this.db.tables;
    return and(
      filter.videoId === null ? undefined : eq(sessions.videoId, filter.videoId),
      filter.status === null ? undefined : eq(sessions.status, filter.status),
      filter.startedFromMs === null ? undefined : gte(sessions.startedAtMs, filter.startedFromMs),
      filter.startedToMs === null ? undefined : lt(sessions.startedAtMs, filter.startedToMs),
      filter.targetLanguage === null
        ? undefined
        : sql`${sessions.targetLangId} = (SELECT id FROM sys_languages WHERE name = ${filter.targetLanguage})`,
    );
  }

  #select() {
    const { sessions, languages } = this.db.tables;
    const locales = aliasedTable(languages, 'locales');
    return this.db.builder
      .select({
        sessionId: sessions.sessionId,
        sessionUuid: sessions.sessionUuid,
        videoId: sessions.videoId,
        startedAtMs: sessions.startedAtMs,
        // As reported; never before the start, which may have been announced after it.
        endedAtMs: sql<number | null>`CASE WHEN ${sessions.endedAtMs} < ${sessions.startedAtMs}
          THEN ${sessions.startedAtMs} ELSE ${sessions.endedAtMs} END`.as('shown_ended_at_ms'),
        status: sessions.status,
        locale: locales.name,
        targetLanguage: languages.name,
        difficultyTier: sessions.difficultyTier,
        subtitleMode: sessions.subtitleMode,
      })
      .from(sessions)
      .leftJoin(locales, eq(locales.id, sessions.localeId))
      .leftJoin(languages, eq(languages.id, sessions.targetLangId))
      .$dynamic();
  }
}

const NO_TOTALS: SessionTotals = {
  counters: toCounters([]),
  lastSampleMs: null,
  samplesCount: 0,
  droppedCount: 0,
  deadLetterCount: 0,
};
