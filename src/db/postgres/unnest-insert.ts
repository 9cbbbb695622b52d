import type { SqlValue } from '../backend.js';
import type { CountedStatement, InsertTarget, RowInsert } from '../queries/row-insert.js';

/** The session is given as its number: then rows of many sessions are one statement. */
const PLAIN = '?';
/** Rows of one statement: some hundred kilobytes of parameters. */
const MAX_ROWS_PER_STATEMENT = 5_000;

/**
 * Rows as one array for each column, so that any number of them is one text, prepared once. Arrays are written as
 * literals: that is what the protocol carries, and it keeps parameters to text and numbers.
 */
export class UnnestInsert implements RowInsert {
  readonly #texts = new Map<string, string>();

  constructor(private readonly target: InsertTarget) {}

  statements(reference: string, rows: readonly (readonly SqlValue[])[]): CountedStatement[] {
    if (reference === PLAIN) return this.#chunks(reference, rows, 0);
    // Looked up once for all rows of a session: they stand together.
    const bySession = new Map<SqlValue, (readonly SqlValue[])[]>();
    for (const row of rows) {
      const own = bySession.get(row[0] ?? null);
      if (own === undefined) bySession.set(row[0] ?? null, [row]);
      else own.push(row);
    }
    return [...bySession.values()].flatMap((own) => this.#chunks(reference, own, 1));
  }

  #chunks(reference: string, rows: readonly (readonly SqlValue[])[], firstArray: 0 | 1): CountedStatement[] {
    const types = ['integer' as const, ...this.target.columns.map(({ type }) => type)];
    const out: CountedStatement[] = [];
    for (let done = 0; done < rows.length; done += MAX_ROWS_PER_STATEMENT) {
      const part = rows.slice(done, done + MAX_ROWS_PER_STATEMENT);
      const arrays = types.flatMap((type, column) =>
        column < firstArray ? [] : [arrayOf(part, column, type)],
      );
      const params = firstArray === 0 ? arrays : [part[0]?.[0] ?? null, ...arrays];
      out.push({ statement: { sql: this.#text(reference), params }, count: part.length });
    }
    return out;
  }

  #text(reference: string): string {
    const known = this.#texts.get(reference);
    if (known !== undefined) return known;
    const { table, sessionColumn, columns, conflict } = this.target;
    const names = [sessionColumn, ...columns.map(({ name }) => name)].join(', ');
    const arrays = columns.map(({ type }) => `CAST(? AS ${type === 'text' ? 'TEXT' : 'BIGINT'}[])`);
    const text =
      reference === PLAIN
        ? `INSERT INTO ${table} (${names}) SELECT * FROM unnest(${['CAST(? AS BIGINT[])', ...arrays].join(', ')}) AS u
          ${conflict}`
        : `INSERT INTO ${table} (${names}) SELECT CAST(${reference} AS BIGINT), u.* FROM unnest(${arrays.join(', ')}) AS u
          ${conflict}`;
    this.#texts.set(reference, text);
    return text;
  }
}

function arrayOf(rows: readonly (readonly SqlValue[])[], column: number, type: 'integer' | 'text'): string {
  let text = '{';
  for (let i = 0; i < rows.length; i += 1) {
    const value = rows[i]?.[column] ?? null;
    if (i > 0) text += ',';
    if (value === null) text += 'NULL';
    else text += type === 'text' ? quoted(String(value)) : String(value);
  }
  return `${text}}`;
}

const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, (c) => `\\${c}`)}"`;
