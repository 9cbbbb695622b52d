import fc from 'fast-check';
import { it } from 'vitest';
import { writeFileSync } from 'node:fs';
import { playOn } from './describe-model.js';
import { histories } from './history.js';
import { openSqlite } from './sqlite-subject.js';
it('x', async () => {
  const r = await fc.check(fc.asyncProperty(histories({ hasInternals: true, hasSliceWindow: true }), (h) => playOn(openSqlite, h)), { numRuns: 300, interruptAfterTimeLimit: 150_000 });
  console.log(r.failed, r.numRuns, r.numShrinks, r.seed, r.counterexamplePath);
  console.log(String(r.errorInstance));
  writeFileSync('/tmp/ce.json', JSON.stringify(r.counterexample, null, 1));
}, 400000);
