import type { Migration } from '../db/migration-files.js';
import type { ColumnDescription, TableDescription } from '../schema/describe.js';
import { code, generatedNote, markdownTable, toText } from './markdown.js';
import { TABLE_NOTES } from './table-notes.js';

/** docs/schema.md: every table with its columns, keys, indexes and checks, and the migrations that make them. */
export function renderSchema(tables: readonly TableDescription[], migrations: readonly Migration[]): string {
  return toText([
    generatedNote('src/schema and drizzle/sqlite'),
    '',
    '# Database schema (SQLite)',
    '',
    'Instants are epoch milliseconds UTC, durations are milliseconds, enums are small integers; labels exist only at the',
    'edge of the API. The codes of the enums are in [glossary.md](glossary.md#integer-codes). The exact DDL is the text',
    'of the migrations in `drizzle/sqlite`.',
    '',
    '## Migrations',
    '',
    'The version of a database is the list of migrations in its table `__drizzle_migrations`.',
    '',
    ...markdownTable(
      ['Migration', 'Generated', 'Statements', 'SHA-256 of its file'],
      migrations.map(({ tag, createdAtMs, statements, hash }) => [
        code(tag),
        new Date(createdAtMs).toISOString(),
        String(statements.length),
        code(hash),
      ]),
    ),
    '',
    '## Tables',
    '',
    ...tables.map(({ name }) => `- [${name}](#${name})`),
    ...tables.flatMap(renderTable),
  ]);
}

function renderTable(table: TableDescription): readonly string[] {
  const note = TABLE_NOTES[table.name];
  if (note === undefined) throw new Error(`src/docs/table-notes.ts says nothing about ${table.name}`);
  return [
    '',
    `### ${table.name}`,
    '',
    note,
    '',
    ...markdownTable(['Column', 'Type', 'Null', 'Default'], table.columns.map(toColumnRow)),
    '',
    `- Primary key: ${columns(table.primaryKey)}${table.isClustered ? ', stored by it (`WITHOUT ROWID`)' : ''}`,
    ...table.indexes.map(
      (index) =>
        `- ${index.isUnique ? 'Unique index' : 'Index'} ${code(index.name)}: ${columns(index.columns)}`,
    ),
    ...table.checks.map(({ name, condition }) => `- Check ${code(name)}: ${code(condition)}`),
    ...table.foreignKeys.map(
      (key) =>
        `- Foreign key: ${columns(key.columns)} refers to ${code(key.table)} (${columns(key.tableColumns)}), on delete ${key.onDelete}`,
    ),
  ];
}

function toColumnRow(column: ColumnDescription): readonly string[] {
  return [
    code(column.name),
    column.isAutoIncrement ? `${column.type}, autoincrement` : column.type,
    column.isNullable ? 'yes' : 'no',
    column.default === null ? '' : code(column.default),
  ];
}

const columns = (names: readonly string[]): string => names.map(code).join(', ');
