import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Every temporary folder of a run, those of child processes too, lies in one that goes with the run. */
export default function setup(): () => void {
  const root = mkdtempSync(join(tmpdir(), 'kinostat-tests-'));
  process.env['TMPDIR'] = root;
  return () => rmSync(root, { recursive: true, force: true });
}
