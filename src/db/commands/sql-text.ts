import { COUNTER_KEYS } from '../../domain/immersion/counters.js';
import { counterColumn } from '../../domain/immersion/store.js';
import type { SqlValue, Statement } from '../backend.js';

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

/** How many rows one statement inserts at most; shapes are powers of two, so few statements are ever compiled. */
const MAX_ROWS_PER_STATEMENT = 64;

/** Multi-row INSERTs of one table, their texts kept by row count and by the way the first column is found. */
export class InsertText {
  readonly #texts = new Map<string, string>();

  /**
   * `head` ends before VALUES, `tail` starts after it; `rest` is the number of plain columns behind the first,
   * whose text is a session reference.
   */
  constructor(
    readonly head: string,
    readonly rest: number,
    readonly tail: string,
  ) {}

  /** Statements that insert all rows (session first, then `rest` values), with the number of rows in each. */
  statements(
    reference: string,
    rows: readonly (readonly SqlValue[])[],
  ): { statement: Statement; count: number }[] {
    const out: { statement: Statement; count: number }[] = [];
    let done = 0;
    while (done < rows.length) {
      const count = Math.min(MAX_ROWS_PER_STATEMENT, 2 ** Math.floor(Math.log2(rows.length - done)));
      const params = count === 1 ? (rows[done] ?? []) : flatten(rows, done, count);
      out.push({ statement: { sql: this.#text(reference, count), params }, count });
      done += count;
    }
    return out;
  }

  #text(reference: string, count: number): string {
    const key = `${count} ${reference}`;
    const known = this.#texts.get(key);
    if (known !== undefined) return known;
    const row = `(${reference}${', ?'.repeat(this.rest)})`;
    const text = `${this.head} VALUES ${Array.from({ length: count }, () => row).join(', ')} ${this.tail}`;
    this.#texts.set(key, text);
    return text;
  }
}

/** A loop on purpose: `flat()` of a thousand rows costs ten times as much, and this is the hot path. */
function flatten(rows: readonly (readonly SqlValue[])[], from: number, count: number): SqlValue[] {
  const params: SqlValue[] = [];
  for (let i = from; i < from + count; i += 1) {
    const row = rows[i] ?? [];
    for (let k = 0; k < row.length; k += 1) params.push(row[k] ?? null);
  }
  return params;
}
