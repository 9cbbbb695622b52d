import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import type { Config } from '../../config/config.js';
import { SETTINGS } from '../../config/settings.js';
import { DAY_MS, parseDay } from '../../domain/time.js';
import { systemClock } from '../../app/clock.js';
import { fillExtractionJobs } from '../demo-extraction-jobs.js';
import { demoHistory } from '../demo-history.js';
import { fillLibrary } from '../demo-library.js';
import { demoPlaybacks } from '../demo-playbacks.js';
import { demoProcesses } from '../demo-processes.js';
import { fillTranscriptions } from '../demo-transcriptions.js';
import { fillTranscripts } from '../demo-transcripts.js';
import { progress } from '../output.js';
import { configFrom, withStore } from '../session.js';
import { serveUntilSignal } from './serve.js';

const DEMO_DAYS = 90;

export function addDemo(program: Command): void {
  program
    .command('demo')
    .description(`Serve a throwaway database with ${DEMO_DAYS} days of made-up history, the same every time`)
    .option('--port <number>', SETTINGS.port.description)
    .option('--until <day>', 'last day of the history, yyyy-mm-dd (default: today)', parseUntil)
    .action(async (flags: { port?: string; until?: number }) => {
      const folder = await mkdtemp(join(tmpdir(), 'kinostat-demo-'));
      try {
        const config = configFrom({
          [SETTINGS.sqliteFile.env]: join(folder, 'demo.sqlite'),
          [SETTINGS.storage.env]: 'sqlite',
          [SETTINGS.port.env]: flags.port,
          // Old telemetry is part of the show.
          [SETTINGS.retentionPreset.env]: 'keep-all',
        });
        await fill(config, flags.until ?? systemClock.now());
        await serveUntilSignal(config);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
}

async function fill(config: Config, endMs: number): Promise<void> {
  await withStore(config, async ({ store }) => {
    const bar = progress('making history');
    let sessions = 0;
    let commands = 0;
    for (const sitting of demoHistory(DEMO_DAYS, endMs)) {
      await store.apply([sitting], endMs);
      sessions += 1;
      commands += sitting.length;
      const first = sitting[0];
      if (first?.kind === 'startSession') {
        bar.update(DEMO_DAYS - Math.ceil((endMs - first.startedAtMs) / DAY_MS), DEMO_DAYS);
      }
    }
    const entries = await fillLibrary(store, DEMO_DAYS, endMs);
    const transcriptions = await fillTranscriptions(store, DEMO_DAYS, endMs);
    let playbacks = 0;
    for (const playback of demoPlaybacks(DEMO_DAYS, endMs)) {
      await store.apply([playback], endMs);
      playbacks += 1;
    }
    const jobs = await fillExtractionJobs(store, endMs);
    const transcripts = await fillTranscripts(store, DEMO_DAYS, endMs);
    let runs = 0;
    for (const run of demoProcesses(DEMO_DAYS, endMs)) {
      await store.apply([run], endMs);
      runs += 1;
    }
    await store.maintenance.rollUp(new AbortController().signal);
    bar.end();
    process.stdout.write(
      `A throwaway database of ${DEMO_DAYS} days: ${sessions} sessions (${commands} commands), ${entries} entries of a library, ` +
        `${transcriptions} transcriptions, ` +
        `${playbacks} playbacks, ${transcripts} transcripts, ${jobs} extraction jobs, ${runs} runs of agents\n`,
    );
  });
}

/** The end of the day. */
function parseUntil(text: string): number {
  const day = parseDay(text);
  if (day === null) throw new InvalidArgumentError('It is a day, yyyy-mm-dd.');
  return (day + 1) * DAY_MS - 1;
}
