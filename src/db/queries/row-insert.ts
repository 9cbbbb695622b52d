import type { SqlValue, Statement } from '../backend.js';

/** Where rows of one session go. The first column is the session, found by a reference inside of the statement. */
export interface InsertTarget {
  readonly table: string;
  readonly sessionColumn: string;
  /** The other columns, in the order of the values. */
  readonly columns: readonly { readonly name: string; readonly type: 'integer' | 'text' }[];
  /** From ON CONFLICT on. */
  readonly conflict: string;
}

export interface CountedStatement {
  readonly statement: Statement;
  /** Rows it inserts: what it does not change are duplicates. */
  readonly count: number;
}

/** Inserts any number of rows with a bounded number of statement texts. */
export interface RowInsert {
  /** `rows` have the value of the session reference first, then one value for each column. */
  statements(reference: string, rows: readonly (readonly SqlValue[])[]): CountedStatement[];
}

export const integers = (names: readonly string[]): InsertTarget['columns'] =>
  names.map((name) => ({ name, type: 'integer' }));

/** How many rows one statement inserts at most; shapes are powers of two, so few statements are ever compiled. */
const MAX_ROWS_PER_STATEMENT = 64;

/** Multi-row VALUES, their texts kept by row count and by the way the session is found. */
export class ValuesInsert implements RowInsert {
  readonly #texts = new Map<string, string>();
  readonly #head: string;

  constructor(private readonly target: InsertTarget) {
    const names = [target.sessionColumn, ...target.columns.map(({ name }) => name)];
    this.#head = `INSERT INTO ${target.table} (${names.join(', ')})`;
  }

  statements(reference: string, rows: readonly (readonly SqlValue[])[]): CountedStatement[] {
    const out: CountedStatement[] = [];
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
    const row = `(${reference}${', ?'.repeat(this.target.columns.length)})`;
    const values = Array.from({ length: count }, () => row).join(', ');
    const text = `${this.#head} VALUES ${values} ${this.target.conflict}`;
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
