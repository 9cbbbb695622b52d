import { COUNTER_KEYS } from '../../domain/immersion/counters.js';
import { counterColumn } from '../../domain/immersion/store.js';

/** Column names of the thirteen counters, in the order of COUNTER_KEYS. */
export const COUNTER_COLUMNS: readonly string[] = COUNTER_KEYS.map(counterColumn);

/** `a = greater of table.a and excluded.a` for every counter. */
export const setCountersToMax = (table: string): string =>
  COUNTER_COLUMNS.map(
    (c) => `${c} = CASE WHEN excluded.${c} > ${table}.${c} THEN excluded.${c} ELSE ${table}.${c} END`,
  ).join(', ');

/** True when any counter of the incoming row is higher. */
export const anyCounterGrows = (table: string): string =>
  COUNTER_COLUMNS.map((c) => `excluded.${c} > ${table}.${c}`).join(' OR ');
