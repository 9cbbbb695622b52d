import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runKills } from './campaign.mjs';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const SEED = Number(process.env['KINOSTAT_TEST_KILL_SEED'] ?? Date.now() % 1_000_000_000);

it('keeps every promise over a few kills (npm run test:kill for more)', async () => {
  const log: string[] = [`seed ${SEED}`];
  const summary = await runKills({
    runs: 8,
    runsPerDatabase: 4,
    seed: SEED,
    main,
    progress: (line) => log.push(line),
  });
  expect(summary.problems, log.join('\n')).toEqual([]);
  expect(summary.runs).toBe(8);
  expect(summary.queuedLostMax).toBeLessThanOrEqual(summary.lossBound);
  expect(summary.items).toBeGreaterThan(0);
}, 90_000);
