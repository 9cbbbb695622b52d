// `npm run bench -- <name>`: measures Kinostat against a yardstick in the same run.
import { parseArgs } from 'node:util';
import { environment, MIN_ROUNDS } from './measure.mjs';

/** @type {Record<string, { about: string, load: () => Promise<{ run: Function, print: Function }> }>} */
const BENCHMARKS = {
  writer: {
    about: 'telemetry rows/s from the batch writer to committed rows, against raw better-sqlite3',
    load: () => import('./writer.mjs'),
  },
  ingest: {
    about: 'GraphQL requests/s over HTTP (--points 1|25), against Mercurius and graphql-jit that do nothing',
    load: () => import('./ingest.mjs'),
  },
  postgres: {
    about: 'the same rows/s on PostgreSQL, against unnest inserts with node-postgres',
    load: () => import('./postgres.mjs'),
  },
  isolation: {
    about: 'p99 of ingest while dashboards, a prune and roll-ups run, against the same load alone',
    load: () => import('./isolation.mjs'),
  },
  rollup: {
    about:
      'seconds to absorb 10,000 samples beside many old ones (--rows 10000000), against an empty database',
    load: () => import('./rollup.mjs'),
  },
  memory: {
    about: 'resident memory after a million samples over HTTP; time from start to ready',
    load: () => import('./memory.mjs'),
  },
  size: {
    about: 'bytes a row on disk on both databases, against the narrowest table (--rows 1000000)',
    load: () => import('./size.mjs'),
  },
  agents: {
    about:
      'extraction events/s of requests of 1, 10 and 100, process sessions created and read, against raw tables',
    load: () => import('./agents.mjs'),
  },
  analytics: {
    about:
      'percentiles and groups over many facts (--rows 10000000) in the copy in DuckDB, against the same on SQLite',
    load: () => import('./analytics.mjs'),
  },
  transcripts: {
    about:
      'times of lookups in the transcript cache, of a search and a put over HTTP (--rows 100000), against the same SQL',
    load: () => import('./transcripts.mjs'),
  },
  audience: {
    about: 'answers about the audience of a year over HTTP (--rows 1000000), against SQL over the playbacks',
    load: () => import('./audience.mjs'),
  },
  reads: {
    about:
      'times of dashboard queries over HTTP (--rows 100000|1000000|10000000), against the same SQL in-process',
    load: () => import('./reads.mjs'),
  },
};

const HELP = `Usage: npm run bench -- <name> [options]

${Object.entries(BENCHMARKS)
  .map(([name, { about }]) => `  ${name.padEnd(12)}${about}`)
  .join('\n')}

Options:
  --rounds <n>  Rounds of each side, at least ${MIN_ROUNDS} (7)
  --rows <n>    writer: rows of a round (50000); others: telemetry rows of the database (1000000; rollup, analytics 10000000)
  --points <n>  ingest: samples of a request (25)
  --only <part> One variant (writer) or operation (reads), to profile it: node --cpu-prof bench/main.mjs ...
                isolation: some of the work, as in --only queries,backup
  --json        One JSON object on stdout, nothing else (with npm: npm run --silent bench -- ...)
  --help`;

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '7' },
      rows: { type: 'string' },
      points: { type: 'string', default: '25' },
      only: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [name] = positionals;
  if (values.help || name === undefined) {
    console.log(HELP);
    return values.help ? 0 : 2;
  }
  const benchmark = Object.hasOwn(BENCHMARKS, name) ? BENCHMARKS[name] : undefined;
  if (benchmark === undefined) {
    throw new Error(`There is no benchmark "${name}". Benchmarks: ${Object.keys(BENCHMARKS).join(', ')}`);
  }
  const rounds = wholeNumber(values.rounds, '--rounds', MIN_ROUNDS);
  const rows = values.rows === undefined ? null : wholeNumber(values.rows, '--rows', 10_000);
  const { run, print } = await benchmark.load();
  // Progress goes to stderr: stdout is for the result.
  const result = await run({
    rounds,
    rows,
    points: wholeNumber(values.points, '--points', 1),
    only: values.only ?? null,
    progress: (line) => console.error(line),
  });
  const report = { name, ...result, ...environment() };
  if (values.json) {
    console.log(JSON.stringify(report));
    return 0;
  }
  print(report);
  const { machine, versions } = report;
  console.log(`\n${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.platform}`);
  console.log(`Node ${versions.node}, SQLite ${versions.sqlite}, better-sqlite3 ${versions.betterSqlite3}`);
  return 0;
}

function wholeNumber(text, option, min) {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < min)
    throw new Error(`${option} must be a whole number from ${min}`);
  return value;
}
