// `npm run load:report`: writes what the last run of each profile measured into docs/performance.md.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

const PAGE = fileURLToPath(new URL('../docs/performance.md', import.meta.url));
const PROFILES = ['smoke', 'ingest', 'dashboard', 'mixed', 'soak', 'overflow'];
const BEGIN = '<!-- load: written by npm run load:report -->';
const END = '<!-- end of load -->';

const runs = PROFILES.flatMap((profile) => {
  const file = fileURLToPath(new URL(`results/${profile}.json`, import.meta.url));
  if (!existsSync(file)) {
    console.error(`no result of ${profile}: npm run load -- ${profile}`);
    return [];
  }
  const summary = JSON.parse(readFileSync(file, 'utf8'));
  return summary.kinostat === undefined ? [] : [{ profile, ...summary }];
});
if (runs.length === 0) throw new Error('There are no results: npm run load -- smoke');

const number = (value) => Math.round(value).toLocaleString('en-US');
const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const items = table(
  [
    'profile',
    'date',
    'requests/s',
    'sent',
    'stored',
    'duplicates',
    'dropped',
    'rejected',
    'adds up',
    'RSS MB',
  ],
  runs.map(({ profile, metrics, kinostat: { sent, before, after, resident, isReconciled, startedMs } }) => {
    const of = (name) => after[name] - before[name];
    const all = sent.samples_sent + sent.events_sent + sent.sessions_started + sent.sessions_ended;
    return [
      profile,
      new Date(startedMs).toISOString().slice(0, 10),
      number(metrics.http_reqs.rate),
      number(all),
      number(of('flushed')),
      number(of('duplicates')),
      number(of('dropped')),
      number(sent.items_rejected + of('deadLetters')),
      isReconciled ? 'yes' : 'NO',
      `${resident.first}, ${resident.second}, ${resident.last}`,
    ];
  }),
);

const operations = table(
  ['profile', 'operation', 'p95 ms', 'median ms', 'max ms'],
  runs.flatMap(({ profile, metrics }) =>
    Object.entries(metrics).flatMap(([name, values]) => {
      const operation = /^http_req_duration\{operation:(.+)\}$/.exec(name)?.[1];
      if (operation === undefined) return [];
      return [[profile, operation, ...['p(95)', 'med', 'max'].map((key) => values[key].toFixed(1))]];
    }),
  ),
);

const page = readFileSync(PAGE, 'utf8');
const [head, rest] = page.split(BEGIN);
const tail = rest?.split(END)[1];
if (tail === undefined) throw new Error(`docs/performance.md has no place between ${BEGIN} and ${END}`);
const machine = `${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}`;
writeFileSync(
  PAGE,
  `${head}${BEGIN}\n\n${machine}; clients on the same machine.\n\n${items}\n\n${operations}\n\n${END}${tail}`,
);
console.log(`docs/performance.md: ${runs.map(({ profile }) => profile).join(', ')}`);
