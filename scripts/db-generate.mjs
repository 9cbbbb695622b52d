// Wraps `drizzle-kit generate` for both dialects. With --check it fails when generating would produce anything.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const isCheck = process.argv.includes('--check');
const nameIndex = process.argv.indexOf('--name');
const name = nameIndex === -1 ? 'change' : process.argv[nameIndex + 1];
let isClean = true;

// Tests have built already, and others of them are running on that build.
if (!process.argv.includes('--no-build'))
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
for (const storage of ['sqlite', 'postgres']) {
  const folder = join('drizzle', storage);
  const before = migrationsOf(folder);
  // A check works on a copy: it must leave no file behind.
  const out = isCheck ? join(mkdtempSync(join(tmpdir(), 'kinostat-generate-')), storage) : folder;
  if (isCheck) cpSync(folder, out, { recursive: true });
  execFileSync(
    process.execPath,
    [
      join('node_modules', 'drizzle-kit', 'bin.cjs'),
      'generate',
      '--config',
      'drizzle.config.ts',
      '--name',
      name,
    ],
    { stdio: 'pipe', env: { ...process.env, KINOSTAT_STORAGE: storage, KINOSTAT_TEST_DRIZZLE_OUT: out } },
  );
  const added = migrationsOf(out).filter((file) => !before.includes(file));
  if (isCheck) {
    rmSync(join(out, '..'), { recursive: true });
    if (added.length > 0) isClean = false;
    console.log(
      `${storage}: ${added.length === 0 ? 'clean' : 'the tables have changed: run npm run db:generate'}`,
    );
    continue;
  }
  for (const file of added) (storage === 'sqlite' ? clusterByKey : shapeForPostgres)(join(folder, file));
  console.log(`${storage}: ${added.join(', ') || 'nothing to generate'}`);
}
if (!isClean) process.exit(1);

function migrationsOf(folder) {
  try {
    return readdirSync(folder).filter((file) => file.endsWith('.sql'));
  } catch {
    return [];
  }
}

// Drizzle has no word for WITHOUT ROWID. A table whose key has several columns is stored by that key.
function clusterByKey(file) {
  const text = readFileSync(file, 'utf8')
    .split('--> statement-breakpoint')
    .map((statement) =>
      /CREATE TABLE/.test(statement) && /\tPRIMARY KEY\(/.test(statement)
        ? statement.replace(/\);(\s*)$/, ') WITHOUT ROWID;$1')
        : statement,
    )
    .join('--> statement-breakpoint');
  writeFileSync(file, text);
}

// Drizzle has no word for partitions, nor for the collation of a column. Facts are kept by month of their time; text is
// compared by its bytes, as in SQLite, so that lists and their cursors are the same in both.
function shapeForPostgres(file) {
  const parts = { imm_session_telemetry: 'sample_ms', imm_session_events: 'ts_ms', agt_extractions: 'ts_ms' };
  const statements = readFileSync(file, 'utf8')
    .split('--> statement-breakpoint')
    .flatMap((statement) => {
      // The schema is whatever comes first in the search_path of the user.
      const collated = statement
        .replaceAll(/^(\t"\w+" text)\b/gm, '$1 COLLATE "C"')
        .replaceAll('"public".', '');
      const table = /CREATE TABLE "(\w+)"/.exec(statement)?.[1];
      if (table === undefined || parts[table] === undefined) return [collated];
      return [
        collated.replace(/\);(\s*)$/, `) PARTITION BY RANGE ("${parts[table]}");$1`),
        `\nCREATE TABLE "${table}_default" PARTITION OF "${table}" DEFAULT;\n`,
      ];
    });
  writeFileSync(file, statements.join('--> statement-breakpoint'));
}
