import { and, asc, eq, gte, lte } from 'drizzle-orm';
import type { PeriodRollup } from '../../domain/immersion/types.js';
import type { Db } from '../database.js';
import { ALL_VIDEOS } from './slices.js';

/** Stored daily and monthly roll-ups, in the server's zone. */
export class PeriodRollupQueries {
  constructor(private readonly db: Db) {}

  async listDailyRollups(
    fromDay: number,
    toDay: number,
    videoId: number | null,
  ): Promise<readonly PeriodRollup[]> {
    const t = this.db.tables.dailyRollups;
    const rows = await this.db.builder
      .select({ key: t.rollupDay, ...columnsOf(t) })
      .from(t)
      .where(and(eq(t.videoId, videoId ?? ALL_VIDEOS), gte(t.rollupDay, fromDay), lte(t.rollupDay, toDay)))
      .orderBy(asc(t.rollupDay));
    return rows.map(toRollup);
  }

  async listMonthlyRollups(
    fromMonth: number,
    toMonth: number,
    videoId: number | null,
  ): Promise<readonly PeriodRollup[]> {
    const t = this.db.tables.monthlyRollups;
    const rows = await this.db.builder
      .select({ key: t.rollupMonth, ...columnsOf(t) })
      .from(t)
      .where(
        and(eq(t.videoId, videoId ?? ALL_VIDEOS), gte(t.rollupMonth, fromMonth), lte(t.rollupMonth, toMonth)),
      )
      .orderBy(asc(t.rollupMonth));
    return rows.map(toRollup);
  }
}

type RollupTable = Db['tables']['dailyRollups'] | Db['tables']['monthlyRollups'];

const columnsOf = (t: RollupTable) => ({
  videoId: t.videoId,
  sessionsCount: t.totalSessions,
  activeMin: t.totalActiveMin,
  linesSeen: t.totalLinesSeen,
  wordsSeen: t.totalWordsSeen,
  tokensSeen: t.totalTokensSeen,
  cardsMined: t.totalCards,
  cardsPerHour: t.cardsPerHour,
  wordsPerMin: t.wordsPerMin,
  lookupHitRate: t.lookupHitRate,
  isImported: t.isImported,
});

type RollupRow = Omit<PeriodRollup, 'videoId' | 'isImported'> & {
  readonly videoId: number;
  readonly isImported: number;
};

const toRollup = (row: RollupRow): PeriodRollup => ({
  ...row,
  videoId: row.videoId === ALL_VIDEOS ? null : row.videoId,
  isImported: row.isImported !== 0,
});
