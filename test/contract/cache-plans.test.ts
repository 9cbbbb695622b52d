import { afterEach, beforeEach, expect, it } from 'vitest';
import { sliceOf } from '../../src/domain/time.js';
import { T0 } from '../support/commands.js';
import { isPlannerOnRecord, planOf, watchStatements, without } from '../support/plans.js';
import { isPostgres, openTestStore, type TestStore } from '../support/store.js';
import { failure, transcript } from '../support/transcripts.js';

const never = new AbortController().signal;
const ENTRIES = 60;

let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
  const entries = Array.from({ length: ENTRIES }, (_, n) => {
    const fields = { expiresAtMs: n % 3 === 0 ? T0 + 1 : null };
    return n % 5 === 0
      ? failure(`v${n}`, fields)
      : transcript(`v${n}`, [`What is said in ${n}`, 'And more'], fields);
  });
  await s.store.transcriptCache.putTranscripts(entries, null, T0);
  s = await without(['seqscan', 'hashjoin', 'mergejoin', 'bitmapscan'], s);
});
afterEach(() => s[Symbol.asyncDispose]());

const lookups = {
  ...{
    kind: 'recordLookups' as const,
    slice: sliceOf(T0),
    instanceId: 7,
    hits: 2,
    negativeHits: 1,
    misses: 3,
  },
  accesses: [{ videoId: 1, count: 2, lastMs: T0 + 5 }],
};

/** What every extraction and every run of the eviction does. */
const ASKED: readonly (readonly [what: string, ask: (store: TestStore['store']) => Promise<unknown>])[] = [
  ['lookup', ({ transcriptCache }) => transcriptCache.listTranscripts(['v1'], T0)],
  ['whether there is a transcript', ({ transcriptCache }) => transcriptCache.hasTranscript('v1', T0)],
  [
    'bulk lookup',
    ({ transcriptCache }) =>
      transcriptCache.listTranscripts(
        Array.from({ length: ENTRIES }, (_, n) => `v${n}`),
        T0,
      ),
  ],
  ['entries of a page of videos', ({ transcriptCache }) => transcriptCache.listCacheEntries([1, 2, 3], T0)],
  ['what is said in some videos', ({ transcriptCache }) => transcriptCache.listSegments([1, 2, 3])],
  ['lookups that are counted', ({ apply }) => apply([[lookups]], T0)],
  [
    'put in place of an entry',
    ({ transcriptCache }) => transcriptCache.putTranscripts([transcript('v1')], null, T0),
  ],
  ['deletion', ({ transcriptCache }) => transcriptCache.deleteTranscript('v2')],
  [
    'eviction',
    ({ transcriptCache }) =>
      transcriptCache.evict({ maxEntries: ENTRIES / 2, maxBytes: 1_000 }, T0 + 2, never),
  ],
];

/**
 * A table of the cache from end to end. The eviction counts entries and bytes in an index that has all it needs, some 40
 * bytes an entry, and no more of them than the limits let be there.
 */
const WHOLE = /^SCAN (?!.*(COVERING INDEX|VIRTUAL TABLE))(trx_\w+|imm_videos|sys_\w+|t|v|b|c|d)\b|^Seq Scan/;

it('lookups in the transcript cache, bulk lookups and evictions read no table of it from end to end', async () => {
  const watched = watchStatements(s);
  const known = new Set<string>();
  let record = '';
  for (const [what, ask] of ASKED) {
    watched.take();
    await ask(s.store);
    const statements = watched.take();
    expect(statements.length, what).toBeGreaterThan(0);
    record += `# ${what}\n`;
    for (const statement of statements) {
      if (known.has(statement.sql)) continue;
      known.add(statement.sql);
      const plan = await planOf(s, statement);
      record += plan.map((line) => `${line}\n`).join('');
      expect(
        plan.filter((line) => WHOLE.test(line)),
        `${what}: ${statement.sql}`,
      ).toEqual([]);
    }
  }
  watched.stop();
  if (isPlannerOnRecord(s))
    await expect(record).toMatchFileSnapshot(`cache-plans.${isPostgres ? 'postgres' : 'sqlite'}.txt`);
});
