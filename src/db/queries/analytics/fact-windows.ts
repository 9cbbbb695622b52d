import type {
  FactReader,
  FactSource,
  FactTable,
  FactWindow,
  Fingerprint,
  StoreAddress,
  StoreQuery,
} from '../../../domain/analytics/engine.js';
import { MAX_TOMBSTONES, type Tombstone, type TombstoneKind } from '../../../domain/analytics/tombstones.js';
import type { SqlValue } from '../../backend.js';
import type { Db } from '../../database.js';
import type { SqlReader } from './sql-reader.js';

/** Values are summed by their rest to this prime, so that a sum of a window stays exact in a double. */
const PRIME = 1_000_003;

/** One text for the store and for the engine: what they answer can be compared. */
export class FactWindows implements FactReader {
  constructor(protected readonly reader: Pick<SqlReader, 'read'>) {}

  firstKey({ name, key }: FactTable, { from, to }: FactWindow): Promise<number | null> {
    return this.#number(`SELECT MIN(${key}) FROM ${name} WHERE ${key} >= ? AND ${key} < ?`, [from, to]);
  }

  lastKey({ name, key }: FactTable, from: number): Promise<number | null> {
    return this.#number(`SELECT MAX(${key}) FROM ${name} WHERE ${key} >= ?`, [from]);
  }

  async fingerprint({ name, key, checked }: FactTable, { from, to }: FactWindow): Promise<Fingerprint> {
    const sums = [key, ...checked].map((column) => `SUM(COALESCE(${column} % ${PRIME}, -1))`);
    const sql = `SELECT COUNT(*), ${sums.join(', ')} FROM ${name} WHERE ${key} >= ? AND ${key} < ?`;
    const [[rowCount, ...row] = []] = await this.reader.read({ sql, params: [from, to] });
    return { rowCount: Number(rowCount), sums: row.map(Number).join(' ') };
  }

  async #number(sql: string, params: readonly SqlValue[]): Promise<number | null> {
    const [[value = null] = []] = await this.reader.read({ sql, params });
    return value === null ? null : Number(value);
  }
}

/** The store's own rows. The JSON of a window is made by the database. */
export class StoreFacts extends FactWindows implements FactSource {
  constructor(
    private readonly db: Pick<Db, 'backend' | 'functions'>,
    readonly address: StoreAddress,
  ) {
    super(db.backend);
  }

  windowQuery({ name, key, columns }: FactTable, { from, to }: FactWindow): StoreQuery {
    const rows = this.db.functions.jsonArrayOfRows(Object.keys(columns));
    return { sql: `SELECT ${rows} FROM ${name} WHERE ${key} >= ? AND ${key} < ?`, params: [from, to] };
  }

  async listTombstones(aboveId: number): Promise<readonly Tombstone[]> {
    const sql = `SELECT tombstone_id, kind, subject FROM sys_tombstones WHERE tombstone_id > ?
      ORDER BY tombstone_id LIMIT ${MAX_TOMBSTONES}`;
    const rows = await this.db.backend.read({ sql, params: [aboveId] });
    return rows.map(([tombstoneId, kind, subject]) => ({
      tombstoneId: Number(tombstoneId),
      // What the store writes is of the closed set; a kind of a later version is passed over by the engine.
      kind: Number(kind) as TombstoneKind,
      subject: Number(subject),
    }));
  }
}
