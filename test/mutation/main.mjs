// Puts each fault of mutants.mjs into a copy of the project and runs the tests that should notice.
// `npm run test:mutation [-- --only TEXT] [-- --report FILE]`: exits non-zero when a mutant survives.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MUTANTS } from './mutants.mjs';

const { values } = parseArgs({
  options: { only: { type: 'string' }, report: { type: 'string' }, help: { type: 'boolean' } },
});
if (values.help) {
  console.log('npm run test:mutation [-- --only TEXT] [-- --report FILE]');
  process.exit(0);
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const copy = mkdtempSync(join(tmpdir(), 'kinostat-mutation-'));
for (const part of [
  'src',
  'test',
  'drizzle',
  'dist',
  'scripts',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
  'drizzle.config.ts',
  'schema.graphql',
  'docs',
  'README.md',
  'CHANGELOG.md',
]) {
  cpSync(join(root, part), join(copy, part), { recursive: true });
}
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));

const chosen = MUTANTS.filter(
  ({ file, says }) => values.only === undefined || `${file} ${says}`.includes(values.only),
);
const lines = [];
let survivors = 0;
try {
  // Without a fault everything passes, or a kill would prove nothing.
  const broken = run([...new Set(chosen.flatMap(({ tests }) => tests.split(' ')))]);
  if (broken !== null) throw new Error(`Without any fault this fails: ${broken}`);
  for (const [index, mutant] of chosen.entries()) {
    const file = join(copy, mutant.file);
    const original = readFileSync(file, 'utf8');
    const parts = original.split(mutant.find);
    if (parts.length !== 2)
      throw new Error(`${mutant.file}: "${mutant.find}" stands ${parts.length - 1} times`);
    writeFileSync(file, parts.join(mutant.replace));
    const killer = run(mutant.tests.split(' '));
    writeFileSync(file, original);
    if (killer === null) survivors += 1;
    lines.push(`| ${mutant.says} | \`${mutant.file}\` | ${killer ?? '**survived**'} |`);
    console.log(
      `${index + 1}/${chosen.length} ${killer === null ? 'SURVIVED' : 'killed'}: ${mutant.says} (${killer ?? ''})`,
    );
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
console.log(`${chosen.length - survivors} killed, ${survivors} survived`);
if (values.report !== undefined) {
  writeFileSync(
    values.report,
    [
      '<!-- Written by `npm run test:mutation -- --report docs/mutants.md`. The faults are in test/mutation. -->',
      '',
      '# Mutants',
      '',
      `${chosen.length} faults were put into the code of roll-ups, slices, writer, cursors and the video site, one at a time. The tests named with each`,
      `in the list ran; ${chosen.length - survivors} of the faults were noticed.`,
      '',
      '| Fault | File | Killed by |',
      '| --- | --- | --- |',
      ...lines,
      '',
    ].join('\n'),
  );
}
process.exitCode = survivors === 0 ? 0 : 1;

/** The first test that failed, or null when all passed. */
function run(tests) {
  const output = join(copy, 'result.json');
  rmSync(output, { force: true });
  spawnSync(
    process.execPath,
    [
      join('node_modules', 'vitest', 'vitest.mjs'),
      'run',
      '--bail=1',
      '--testTimeout=10000',
      '--reporter=json',
      `--outputFile=${output}`,
      ...tests,
    ],
    { cwd: copy, stdio: 'ignore', timeout: 180_000 },
  );
  const result = JSON.parse(readFileSync(output, 'utf8'));
  for (const file of result.testResults) {
    const failed = file.assertionResults.find(({ status }) => status === 'failed');
    if (failed !== undefined) return failed.fullName.replaceAll('|', '/');
    if (file.status === 'failed') return `${file.name.split('/').at(-1)} (does not start)`;
  }
  return null;
}
