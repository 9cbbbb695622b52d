import { getTableName } from 'drizzle-orm';
import {
  getTableConfig,
  SQLiteColumn,
  SQLiteSyncDialect,
  type ForeignKey,
  type Index,
  type SQLiteTable,
} from 'drizzle-orm/sqlite-core';

export interface ColumnDescription {
  readonly name: string;
  /** SQLite's type: `integer`, `real`, `text` or `blob`. */
  readonly type: string;
  readonly isNullable: boolean;
  readonly isAutoIncrement: boolean;
  /** The default as SQL writes it; null when there is none. */
  readonly default: string | null;
}

export interface IndexDescription {
  readonly name: string;
  readonly columns: readonly string[];
  readonly isUnique: boolean;
}

export interface CheckDescription {
  readonly name: string;
  readonly condition: string;
}

export interface ForeignKeyDescription {
  readonly columns: readonly string[];
  readonly table: string;
  readonly tableColumns: readonly string[];
  /** `cascade`, `no action`, ... */
  readonly onDelete: string;
}

/** One table as plain data: everything a reference page shows, and nothing of Drizzle. */
export interface TableDescription {
  readonly name: string;
  readonly columns: readonly ColumnDescription[];
  readonly primaryKey: readonly string[];
  /** Stored by its key (WITHOUT ROWID): true for every key of several columns, see scripts/db-generate.mjs. */
  readonly isClustered: boolean;
  readonly indexes: readonly IndexDescription[];
  readonly checks: readonly CheckDescription[];
  readonly foreignKeys: readonly ForeignKeyDescription[];
}

/** Describes Drizzle tables, sorted by name. */
export function describeTables(tables: Readonly<Record<string, SQLiteTable>>): readonly TableDescription[] {
  return Object.values(tables)
    .map(describeTable)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function describeTable(table: SQLiteTable): TableDescription {
  const { name, columns, primaryKeys, indexes, checks, foreignKeys } = getTableConfig(table);
  const dialect = new SQLiteSyncDialect();
  const composite = primaryKeys.flatMap((key) => key.columns.map((column) => column.name));
  return {
    name,
    columns: columns.map(describeColumn),
    primaryKey: composite.length > 0 ? composite : columns.filter((c) => c.primary).map((c) => c.name),
    isClustered: composite.length > 1,
    indexes: indexes.map(describeIndex).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    checks: checks.map((check) => ({
      name: check.name,
      condition: dialect.sqlToQuery(check.value).sql.replaceAll(`"${name}".`, '').replaceAll('"', ''),
    })),
    foreignKeys: foreignKeys.map(describeForeignKey),
  };
}

function describeColumn(column: SQLiteColumn): ColumnDescription {
  return {
    name: column.name,
    type: column.getSQLType(),
    isNullable: !column.notNull,
    isAutoIncrement: 'autoIncrement' in column && column.autoIncrement === true,
    default: column.default === undefined ? null : toLiteral(column.default),
  };
}

function describeIndex({ config }: Index): IndexDescription {
  return {
    name: config.name,
    columns: config.columns.map((column) => (column instanceof SQLiteColumn ? column.name : 'expression')),
    isUnique: config.unique,
  };
}

function describeForeignKey(key: ForeignKey): ForeignKeyDescription {
  const { columns, foreignColumns, foreignTable } = key.reference();
  return {
    columns: columns.map((column) => column.name),
    table: getTableName(foreignTable),
    tableColumns: foreignColumns.map((column) => column.name),
    onDelete: key.onDelete ?? 'no action',
  };
}

/** Defaults of these tables are numbers and texts. */
function toLiteral(value: unknown): string {
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
}
