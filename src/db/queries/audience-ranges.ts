import { BLOCK_LEVELS, type BlockGaps } from '../../domain/playback/day-blocks.js';
import { RollUpLevel } from '../../domain/playback/enums.js';
import {
  dayOfSlice,
  firstDayOf,
  monthOfDay,
  partsOf,
  SLICES_PER_DAY,
  type DayRun,
  type DaySlices,
  type PeriodRun,
} from '../../domain/playback/periods.js';
import type { SliceRange } from '../../domain/time.js';
import type { Db } from '../database.js';
import { SLICED_KEY, type AudienceRollUp } from '../maintenance/audience-roll-up.js';

const { SLICE, DAY, MONTH } = RollUpLevel;
const BLOCKS = BLOCK_LEVELS.map(({ level }) => level);
const WIDEST_DAYS = Math.max(...BLOCK_LEVELS.map(({ dayCount }) => dayCount));

/** A part of the run of that number. */
export interface IndexedPeriods extends PeriodRun {
  readonly index: number;
}
export interface IndexedSlices extends DaySlices {
  readonly index: number;
}
export interface IndexedDays extends DayRun {
  readonly index: number;
}

/** A run that is 24 hours long and begins at that slice of a day. */
export interface IndexedWindow {
  readonly index: number;
  readonly day: number;
  readonly slice: number;
}

/** What some runs are made of. */
export interface RunParts {
  /** The days of each run that has some. */
  readonly days: readonly IndexedDays[];
  /** The same days as months, where these are there. */
  readonly periods: readonly IndexedPeriods[];
  readonly edges: readonly IndexedSlices[];
}

const NONE: ReadonlySet<number> = new Set();

/** Runs that are split into what is rolled up, where they are not answered otherwise. */
export class SplitRuns {
  /** Runs that may have been counted, whatever they are made of. */
  readonly windows: readonly IndexedWindow[];

  constructor(
    private readonly runs: readonly SliceRange[],
    private readonly state: State,
  ) {
    this.windows = runs.flatMap(({ from, to }, index) => {
      const day = dayOfSlice(from);
      const slice = from - day * SLICES_PER_DAY;
      // A UTC day has its own sums and count.
      const isWindow = slice > 0 && to - from === SLICES_PER_DAY;
      return isWindow && day >= state.firstSlicedDay && day <= state.lastDay ? [{ index, day, slice }] : [];
    });
  }

  /** Where blocks are not there. */
  get blockGaps(): BlockGaps {
    return this.state;
  }

  /** Of all runs but those that are answered. */
  partsBeside(answered: ReadonlySet<number>): RunParts {
    const { firstDay, lastDay } = this.state;
    const days: IndexedDays[] = [];
    const periods: IndexedPeriods[] = [];
    const edges: IndexedSlices[] = [];
    if (lastDay < firstDay) return { days, periods, edges };
    // Outside of what there is, there is nothing to go through. Of its months the first is a whole one, and so is a block.
    const first =
      Math.min(firstDayOf(monthOfDay(firstDay)), firstDay - (firstDay % WIDEST_DAYS)) * SLICES_PER_DAY;
    const end = (lastDay + 1) * SLICES_PER_DAY;
    for (const [index, run] of this.runs.entries()) {
      const range = { from: Math.max(run.from, first), to: Math.min(run.to, end) };
      if (range.from >= range.to || run.to <= firstDay * SLICES_PER_DAY || answered.has(index)) continue;
      const parts = partsOf(range, this.state);
      if (parts.days.from < parts.days.to) days.push({ index, ...parts.days });
      for (const part of parts.periods) periods.push({ index, ...part });
      for (const part of parts.edges) edges.push({ index, ...part });
    }
    return { days, periods, edges };
  }

  get parts(): RunParts {
    return this.partsBeside(NONE);
  }
}

const IS_DIRTY = 0;
const FIRST_DAY = 1;
const LAST_DAY = 2;
const FIRST_SLICED = 3;
/** Above the others: of an open period its level is added. */
const OPEN = 10;
/** What is out of date, the days there are, and the months and blocks that are not made yet: in one read. */
const STATE = `SELECT ${IS_DIRTY} AS what, CASE WHEN EXISTS
      (SELECT 1 FROM ply_dirty_periods WHERE level IN (${SLICE}, ${DAY})) THEN 1 ELSE 0 END AS value
  UNION ALL SELECT ${FIRST_DAY}, MIN(period) FROM ply_audience_rollups WHERE level = ${DAY}
  UNION ALL SELECT ${LAST_DAY}, MAX(period) FROM ply_audience_rollups WHERE level = ${DAY}
  UNION ALL SELECT ${FIRST_SLICED}, CAST(value AS INTEGER) FROM sys_settings WHERE key = '${SLICED_KEY}'
  UNION ALL SELECT ${OPEN} + level, period FROM ply_dirty_periods WHERE level IN (${[MONTH, ...BLOCKS].join(', ')})`;

interface State extends BlockGaps {
  readonly isDirty: boolean;
  readonly firstDay: number;
  /** Before the first where there is none. */
  readonly lastDay: number;
  readonly firstSlicedDay: number;
  readonly openMonths: ReadonlySet<number>;
}

/** Splits runs of slices into what is rolled up. Brings the roll-ups up to date first. */
export class AudienceRanges {
  constructor(
    private readonly db: Db,
    private readonly rollUp: AudienceRollUp,
  ) {}

  async split(runs: readonly SliceRange[]): Promise<SplitRuns> {
    const state = await this.#state();
    if (!state.isDirty) return new SplitRuns(runs, state);
    await this.rollUp.pass(new AbortController().signal);
    return new SplitRuns(runs, await this.#state());
  }

  async #state(): Promise<State> {
    const rows = await this.db.backend.read({ sql: STATE, params: [] });
    const values = new Map<number, number>();
    const openMonths = new Set<number>();
    const openBlocks = new Map<number, Set<number>>(BLOCKS.map((level) => [level, new Set()]));
    const open = new Map(openBlocks).set(MONTH, openMonths);
    for (const [what, value] of rows) {
      if (value == null) continue;
      if (Number(what) > OPEN) open.get(Number(what) - OPEN)?.add(Number(value));
      else values.set(Number(what), Number(value));
    }
    return {
      isDirty: values.get(IS_DIRTY) === 1,
      firstDay: values.get(FIRST_DAY) ?? 0,
      lastDay: values.get(LAST_DAY) ?? -1,
      firstSlicedDay: values.get(FIRST_SLICED) ?? 0,
      openMonths,
      openBlocks,
    };
  }
}

/** The periods as a parameter: rows of `i, level, lo, hi`. */
export const toRows = (periods: readonly IndexedPeriods[]): string =>
  JSON.stringify(periods.map(({ index, level, from, to }) => [index, level, from, to]));
