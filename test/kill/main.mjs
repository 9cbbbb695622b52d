import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runKills } from './campaign.mjs';

const HELP = `Kills a server at random moments while it is used, and checks what it leaves each time.

  npm run test:kill -- [--runs N] [--seed S] [--runs-per-database N] [--server FILE]

  --runs N                kills in all (200)
  --runs-per-database N   kills of one database before everything is sent again and a new one is begun (50)
  --seed S                of the random choices (the time); moments of kills vary all the same
  --server FILE           the built server (dist/main.js)

Needs a build. Ends with 1 when a promise was broken; the database is then left where it is.`;

async function main() {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '200' },
      'runs-per-database': { type: 'string', default: '50' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
      server: { type: 'string', default: fileURLToPath(new URL('../../dist/main.js', import.meta.url)) },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  // Leaves no server behind: a child ends with the `exit` of this process.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      console.error(`ended by ${signal}`);
      process.exit(130);
    });
  }
  const seed = wholeNumber(values.seed, '--seed', 0);
  console.log(`seed ${seed}`);
  const startedMs = performance.now();
  const summary = await runKills({
    runs: wholeNumber(values.runs, '--runs', 1),
    runsPerDatabase: wholeNumber(values['runs-per-database'], '--runs-per-database', 1),
    seed,
    main: values.server,
    progress: (line) => console.log(line),
  });
  print(summary, (performance.now() - startedMs) / 1_000);
  if (summary.problems.length > 0) process.exitCode = 1;
}

/** @param {import('./campaign.mjs').Summary} summary @param {number} seconds */
function print(summary, seconds) {
  const { kills } = summary;
  const under = Object.entries(summary.under).toSorted(([, a], [, b]) => b - a);
  console.log(`
Kills               ${summary.runs} in ${summary.databases} databases, ${seconds.toFixed(0)} s
  while starting    ${kills['start-up']}
  under load        ${kills.load}
  while draining    ${kills.drain}
At the kill         ${under.map(([name, count]) => `${name} ${count}`).join(', ') || 'nothing known'}
COMMITTED checked   ${summary.promises} (every item, after every kill)
Items sent          ${summary.items}
QUEUED lost         ${summary.queuedLost} in all, at most ${summary.queuedLostMax} by one kill (bound ${summary.lossBound}); the oldest was answered ${summary.oldestLossMs.toFixed(0)} ms before
Violations          ${summary.problems.length}`);
}

/** @param {string} text @param {string} option @param {number} min */
function wholeNumber(text, option, min) {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < min)
    throw new Error(`${option} must be a whole number from ${min}`);
  return value;
}

await main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
