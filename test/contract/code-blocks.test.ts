import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CodeBlockFields, CodeBlockFilter } from '../../src/domain/agents/types.js';
import type { PageRequest } from '../../src/domain/page.js';
import { RETENTION_PRESETS } from '../../src/domain/retention.js';
import { DAY_MS } from '../../src/domain/time.js';
import type { WriteCommand } from '../../src/domain/write-command.js';
import { ANY_EXTRACTION, extraction, startProcess } from '../support/agent-commands.js';
import { T0, uuid } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';

const PAGE: PageRequest = { direction: 'forward', size: 20, start: null };
const ANY: CodeBlockFilter = { agent: null, sessionUuid: null, language: null, isParseable: null };
const SOURCE = 'const a = "日本" + 1;\nexport { a };\n';
const never = new AbortController().signal;

let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
});
afterEach(() => s[Symbol.asyncDispose]());

const apply = async (...commands: WriteCommand[]) => (await s.store.apply([commands], T0)).groups[0];
const code = (content: string, fields: Partial<CodeBlockFields> = {}) => ({
  type: 'code_block',
  codeBlock: { content, language: 'ts', isParseable: true, ...fields },
});
const blocks = async (filter: Partial<CodeBlockFilter> = {}, page = PAGE) =>
  (await s.store.agents.listCodeBlocks({ ...ANY, ...filter }, page)).rows;
const sources = async (filter: Partial<CodeBlockFilter>) =>
  (await blocks(filter)).map(({ content }) => content);
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('a code block', () => {
  it('is stored with its digest, language, lines and whether it can be parsed', async () => {
    await apply(startProcess(1), extraction(1, T0 + 5, { ...code(SOURCE), lineNumber: 10, lineEnd: 11 }));
    const [block] = await blocks();
    expect(block).toEqual({
      codeBlockId: block?.codeBlockId,
      digest: sha256(SOURCE),
      language: 'ts',
      isParseable: true,
      linesCount: 2,
      content: SOURCE,
      firstSeenMs: T0 + 5,
    });
    expect(await s.store.agents.getCodeBlock(sha256(SOURCE))).toEqual(block);
    expect(await s.store.agents.getCodeBlock(sha256('other'))).toBeNull();
    const [event] = (await s.store.agents.listExtractions(ANY_EXTRACTION, PAGE)).rows;
    expect(event).toMatchObject({
      codeBlockId: block?.codeBlockId,
      codeLanguage: 'ts',
      lineNumber: 10,
      lineEnd: 11,
    });
  });

  it('is one for all sessions, in one flush and in many, and each event names it', async () => {
    await apply(startProcess(1), startProcess(2, 'claude'), extraction(1, T0 + 9, code(SOURCE)));
    await apply(
      extraction(1, T0 + 20, code(SOURCE)),
      extraction(2, T0 + 3, code(SOURCE)),
      extraction(2, T0 + 4, code('x')),
    );
    expect(await s.rows('SELECT COUNT(*) FROM agt_code_blocks')).toEqual([[2]]);
    const block = (await blocks()).find(({ content }) => content === SOURCE);
    expect(block?.firstSeenMs).toBe(T0 + 3);
    const filter = { ...ANY_EXTRACTION, codeBlockId: block?.codeBlockId ?? 0 };
    const found = (await s.store.agents.listExtractions(filter, PAGE)).rows;
    expect(found.map(({ tsMs, agent }) => [tsMs - T0, agent])).toEqual([
      [20, 'codex'],
      [9, 'codex'],
      [3, 'claude'],
    ]);
  });

  it('learns a language and whether it can be parsed, and forgets neither', async () => {
    const unknown = { language: null, isParseable: null };
    await apply(startProcess(1), extraction(1, T0, code(SOURCE, unknown)));
    expect(await blocks()).toMatchObject([unknown]);
    await apply(extraction(1, T0 + 1, code(SOURCE, { isParseable: false })));
    await apply(extraction(1, T0 + 2, code(SOURCE, { language: 'js', isParseable: null })));
    expect(await blocks()).toMatchObject([{ language: 'ts', isParseable: false }]);
  });

  it('that is sent again is a duplicate', async () => {
    const run = [startProcess(1), extraction(1, T0, code(SOURCE))];
    await apply(...run);
    expect(await apply(...run)).toMatchObject({ stored: 0, duplicates: 2 });
    expect(await s.rows('SELECT COUNT(*) FROM agt_code_blocks')).toEqual([[1]]);
  });

  it('is listed by agent, session, language and whether it can be parsed, newest first, page by page', async () => {
    await apply(
      startProcess(1, 'codex'),
      startProcess(2, 'claude'),
      extraction(1, T0 + 1, code('a')),
      extraction(2, T0 + 2, code('b', { language: 'python' })),
      extraction(2, T0 + 3, code('c', { isParseable: false })),
      extraction(2, T0 + 4),
    );
    expect(await sources({})).toEqual(['c', 'b', 'a']);
    expect(await sources({ agent: 'claude' })).toEqual(['c', 'b']);
    expect(await sources({ sessionUuid: uuid(1) })).toEqual(['a']);
    expect(await sources({ language: 'python' })).toEqual(['b']);
    expect(await sources({ isParseable: false })).toEqual(['c']);
    expect(await sources({ agent: 'claude', language: 'ts' })).toEqual(['c']);
    expect(await sources({ agent: 'nobody' })).toEqual([]);
    const next = { ...PAGE, size: 1, start: [T0 + 3, Number.MAX_SAFE_INTEGER] };
    expect((await blocks({}, next)).map(({ content }) => content)).toEqual(['c']);
    const python = await s.store.agents.listExtractions({ ...ANY_EXTRACTION, language: 'python' }, PAGE);
    expect(python.rows.map(({ tsMs }) => tsMs - T0)).toEqual([2]);
  });

  it('goes with the last event that has it, and not before', async () => {
    const old = T0 - 50 * DAY_MS;
    const prune = (nowMs: number) =>
      s.store.maintenance.prune(
        { ...RETENTION_PRESETS['keep-all'], extractions: 30 },
        nowMs,
        { isDryRun: false },
        never,
      );
    await apply(
      startProcess(1, 'codex', old),
      extraction(1, old, code('both')),
      extraction(1, old + 1, code('old')),
      extraction(1, T0, code('both')),
      extraction(1, T0, { clientSeq: 1, ...code('new') }),
    );
    await prune(T0);
    expect((await sources({})).toSorted()).toEqual(['both', 'new']);
    await prune(T0 + 31 * DAY_MS);
    expect(await s.rows('SELECT COUNT(*) FROM agt_code_blocks')).toEqual([[0]]);
  });
});
