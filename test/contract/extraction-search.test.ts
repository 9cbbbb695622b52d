import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ExtractionFields, ExtractionFilter } from '../../src/domain/agents/types.js';
import type { PageRequest } from '../../src/domain/page.js';
import { RETENTION_PRESETS } from '../../src/domain/retention.js';
import { parseSearchQuery } from '../../src/domain/search/query.js';
import { keyOfHit } from '../../src/domain/search/types.js';
import { DAY_MS } from '../../src/domain/time.js';
import { ANY_EXTRACTION, extraction, startProcess } from '../support/agent-commands.js';
import { T0, uuid } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';

const PAGE: PageRequest = { direction: 'forward', size: 50, start: null };
const never = new AbortController().signal;

let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
});
afterEach(() => s[Symbol.asyncDispose]());

const line = (n: number, atMs: number, originalLine: string | null, fields: Partial<ExtractionFields> = {}) =>
  extraction(n, T0 + atMs, { matchedValue: null, originalLine, ...fields });
const search = (text: string, filter: Partial<ExtractionFilter> = {}, page = PAGE) =>
  s.store.agents.searchExtractions(parseSearchQuery(text), { ...ANY_EXTRACTION, ...filter }, page);
const found = async (text: string, filter: Partial<ExtractionFilter> = {}) =>
  (await search(text, filter)).rows.map(({ extraction: e }) => e.tsMs - T0).toSorted((a, b) => a - b);

describe('a search of extraction events', () => {
  beforeEach(() =>
    s.store.apply(
      [
        [
          startProcess(1, 'codex'),
          startProcess(2, 'claude'),
          line(1, 1, 'TypeError: undefined is not a function', { riskLevel: 3, matchedValue: 'deadlock' }),
          line(1, 2, 'warning: the disk is almost full', { type: 'warning' }),
          line(2, 3, 'ディスクの容量が足りません', { pattern: 'disk' }),
          line(2, 4, 'RangeError in disk.ts', {
            codeBlock: { content: 'a', language: 'ts', isParseable: null },
          }),
          line(2, 5, null),
        ],
      ],
      T0,
    ),
  );

  it('finds words of the value and of the line, in any script', async () => {
    expect(await found('undefined')).toEqual([1]);
    expect(await found('deadlock function')).toEqual([1]);
    expect(await found('disk')).toEqual([2, 4]);
    expect(await found('disk -warning')).toEqual([4]);
    expect(await found('"almost full"')).toEqual([2]);
    expect(await found('range*')).toEqual([4]);
    expect(await found('容量')).toEqual([3]);
    expect(await found('nothing')).toEqual([]);
  });

  it('narrows by agent, session, type, pattern, risk, language and time', async () => {
    expect(await found('disk', { agent: 'codex' })).toEqual([2]);
    expect(await found('disk', { sessionUuid: uuid(2) })).toEqual([4]);
    expect(await found('disk', { type: 'warning' })).toEqual([2]);
    expect(await found('容量', { pattern: 'disk' })).toEqual([3]);
    expect(await found('容量', { pattern: 'type_error' })).toEqual([]);
    expect(await found('undefined', { riskLevel: 3 })).toEqual([1]);
    expect(await found('undefined', { riskLevel: 2 })).toEqual([]);
    expect(await found('disk', { language: 'ts' })).toEqual([4]);
    expect(await found('disk', { fromMs: T0 + 3 })).toEqual([4]);
    expect(await found('disk', { toMs: T0 + 4 })).toEqual([2]);
    expect(await found('disk', { agent: 'claude', fromMs: T0 + 3, toMs: T0 + 5 })).toEqual([4]);
  });

  it('is not confused by an event that comes again', async () => {
    await s.store.apply([[line(1, 2, 'warning: the disk is almost full', { type: 'warning' })]], T0);
    expect(await found('disk')).toEqual([2, 4]);
    expect(await s.rows('SELECT COUNT(*) FROM sys_search_documents')).toEqual([[4]]);
  });

  it('is whole again after a rebuild, and forgets what is not there', async () => {
    await s.backend.transact(
      [
        'DELETE FROM sys_search_documents WHERE subject_id = 1',
        'INSERT INTO sys_search_documents (domain, subject_id, part, at_ms) VALUES (3, 999, 0, 0)',
      ].map((sql) => ({ sql, params: [] })),
    );
    expect(await found('undefined')).toEqual([]);
    const reports = await s.store.maintenance.rebuildSearch(never, () => undefined);
    expect(reports).toContainEqual({ name: 'extraction events', subjectsCount: 5, isComplete: true });
    expect(await found('undefined')).toEqual([1]);
    expect(await found('disk')).toEqual([2, 4]);
    expect(await s.rows('SELECT COUNT(*) FROM sys_search_documents')).toEqual([[4]]);
  });

  it('forgets what retention removed', async () => {
    await s.store.apply([[line(1, -60 * DAY_MS, 'an old disk')]], T0);
    expect(await found('disk')).toHaveLength(3);
    const windows = { ...RETENTION_PRESETS['keep-all'], extractions: 30 };
    await s.store.maintenance.prune(windows, T0, { isDryRun: false }, never);
    expect(await found('disk')).toEqual([2, 4]);
    expect(await s.rows('SELECT COUNT(*) FROM sys_search_documents')).toEqual([[4]]);
  });
});

describe('pages of found extraction events', () => {
  it('together are every hit once, best first, forward and backward', async () => {
    const many = Array.from({ length: 23 }, (_, i) => line(1, i, `disk ${'word '.repeat(i % 7)}${i}`));
    await s.store.apply([[startProcess(1), ...many]], T0);
    const all = (await search('disk')).rows;
    expect(all).toHaveLength(23);
    for (const direction of ['forward', 'backward'] as const) {
      const seen = [];
      let start: PageRequest['start'] = null;
      for (;;) {
        const page = await search('disk', {}, { direction, size: 5, start });
        seen.push(...(direction === 'forward' ? page.rows : page.rows.toReversed()));
        const edge = direction === 'forward' ? page.rows.at(-1) : page.rows[0];
        if (!page.hasMore || edge === undefined) break;
        start = keyOfHit(edge);
      }
      const expected = direction === 'forward' ? all : all.toReversed();
      expect(seen.map((hit) => hit.documentId)).toEqual(expected.map((hit) => hit.documentId));
    }
  });
});
