import { sql, type Placeholder } from 'drizzle-orm';

/** Statements kept for a lookup, one for each number of values up to this. Longer lists are compiled each time. */
const MAX_KEPT_VALUES = 100;

interface Prepared<Row> {
  all(values: Record<string, unknown>): Promise<Row[]>;
}

/**
 * The rows of a select with one of some values in a column. The statement is compiled once for each number of values: a
 * dashboard looks up single sessions and videos all the time, and building their SQL each time was 9 percent of the event
 * loop's time in the isolation bench (bench/README.md).
 */
export class PreparedLookup<Value extends string | number, Row> {
  readonly #kept = new Map<number, Prepared<Row>>();

  /** @param prepare a select that ends with `inArray(column, values)`. */
  constructor(private readonly prepare: (values: Placeholder[]) => Prepared<Row>) {}

  /** In no order; a value that is not there has no row. At most one row for a value where the column is unique. */
  async list(values: readonly Value[]): Promise<Row[]> {
    if (values.length === 0) return [];
    return this.#statement(values.length).all(
      Object.fromEntries(values.map((value, i) => [nameOf(i), value])),
    );
  }

  #statement(length: number): Prepared<Row> {
    const known = this.#kept.get(length);
    if (known !== undefined) return known;
    const statement = this.prepare(Array.from({ length }, (_, i) => sql.placeholder(nameOf(i))));
    if (length <= MAX_KEPT_VALUES) this.#kept.set(length, statement);
    return statement;
  }
}

const nameOf = (i: number): string => `value${i}`;
