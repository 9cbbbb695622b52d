import { setFlagsFromString } from 'node:v8';

/** The old generation may grow by this much before V8 collects it, percent of what lived through the last collection. */
const HEAP_GROWTH_PERCENT = 30;

/**
 * Keeps the heap near what lives in it. On a machine with much memory V8 would let garbage of ingest pile up to several
 * times that (docs/adr/0021). Holds for worker threads too; call it before they start.
 */
export function boundHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH_PERCENT}`);
}
