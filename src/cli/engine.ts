import { setFlagsFromString } from 'node:v8';
import { lowerOtherThreads } from '../config/priority.js';

/** The old generation may grow by this much before V8 collects it, percent of what lived through the last collection. */
const HEAP_GROWTH_PERCENT = 30;

const FLAGS = [
  // On a machine with much memory V8 would let garbage of ingest pile up to several times what lives (docs/adr/0021).
  `--heap-growing-percent=${HEAP_GROWTH_PERCENT}`,
  // In these phases the event loop stands still until every thread that takes part has ended its part. Where the cores are
  // taken one of them is off its core for milliseconds; alone they are shorter (docs/adr/0026).
  '--no-parallel-scavenge',
  '--no-parallel-compaction',
  '--no-parallel-pointer-update',
];

/**
 * What a server asks of V8: a heap near what lives in it, collections that wait for no other thread, and helper threads that
 * give way. Holds for worker threads too; call it before they start.
 */
export function prepareEngine(): void {
  for (const flag of FLAGS) setFlagsFromString(flag);
  // Those that there are before any thread of our own: V8's, and libuv's that load modules and later read files.
  lowerOtherThreads();
}
