import { createHash } from 'node:crypto';

export interface PostgresText {
  readonly text: string;
  /** Of the prepared statement; undefined when too many texts are known already. */
  readonly name: string | undefined;
}

/** Texts that are prepared on each connection; statements with long lists of values have ever new ones. */
const MAX_NAMED = 1_000;

/** Common SQL has `?` for a parameter, PostgreSQL has `$1`. Kept by text; past the bound it is computed each time. */
export class StatementTexts {
  readonly #known = new Map<string, PostgresText>();

  constructor(private readonly isPrepared: boolean) {}

  of(sql: string): PostgresText {
    const known = this.#known.get(sql);
    if (known !== undefined) return known;
    const text = numbered(sql);
    if (this.#known.size >= MAX_NAMED) return { text, name: undefined };
    const name = this.isPrepared ? `k${createHash('sha1').update(text).digest('hex')}` : undefined;
    const made = { text, name };
    this.#known.set(sql, made);
    return made;
  }
}

/** `?` outside of quoted text and names becomes `$1`, `$2` and so on. */
export function numbered(sql: string): string {
  let count = 0;
  return sql.replaceAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|\?/g, (found) => {
    if (found !== '?') return found;
    count += 1;
    return `$${count}`;
  });
}
