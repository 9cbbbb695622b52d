import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/app/clock.js';
import { RiskLevel } from '../../src/domain/agents/enums.js';
import { extraction } from '../support/agent-commands.js';
import { bootApp, type TestApp } from '../support/app.js';
import { temporaryFolder } from '../support/store.js';

const UUID = '0c000000-0000-4000-8000-00000000000c';
const RECEIPT = 'accepted duplicates truncated rejected { index path code }';

interface Receipt {
  accepted: number;
  duplicates: number | null;
  truncated: number;
  rejected: { index: number; path: string; code: string }[];
}

let t: TestApp;
beforeEach(async () => {
  t = await bootApp();
});
afterEach(() => t[Symbol.asyncDispose]());

const START = Date.now() - 60_000;
const call = async (field: string, type: string, input: object) =>
  (
    await t.data<Record<string, Receipt>>(
      `mutation ($input: ${type}!) { ${field}(input: $input) { ${RECEIPT} } }`,
      { input: { sessionUuid: UUID, durability: 'COMMITTED', ...input } },
    )
  )[field]!;
const start = (input: object = {}) =>
  t.data<{ startProcess: { sessionUuid: string } }>(
    'mutation ($input: StartProcessInput!) { startProcess(input: $input) { sessionUuid receipt { accepted } } }',
    {
      input: { sessionUuid: UUID, agent: 'codex', startedAtMs: START, durability: 'COMMITTED', ...input },
    },
  );
const record = (...extractions: object[]) =>
  call('recordExtractions', 'RecordExtractionsInput', { extractions });
const error = (seconds: number, fields: object = {}) => ({
  tsMs: START + seconds * 1_000,
  type: 'error',
  pattern: 'type_error',
  ...fields,
});
const values = async (filter: string): Promise<string[]> => {
  const { extractions } = await t.data<{ extractions: { edges: { node: { matchedValue: string } }[] } }>(
    `{ extractions(filter: { ${filter} }) { edges { node { matchedValue } } } }`,
  );
  return extractions.edges.map(({ node }) => node.matchedValue);
};
const sessions = async (filter: string): Promise<string[]> => {
  const { processSessions } = await t.data<{ processSessions: { edges: { node: { agent: string } }[] } }>(
    `{ processSessions(filter: { ${filter} }) { edges { node { agent } } } }`,
  );
  return processSessions.edges.map(({ node }) => node.agent);
};

describe('a wrapper', () => {
  it('starts a process, reports it, ends it, and reads everything back', async () => {
    await start({ environment: 'ci', extractionConfigVersion: '7' });
    await call('recordProcessState', 'RecordProcessStateInput', { state: 'RUNNING', atMs: START + 1 });
    expect(
      await record(
        error(1, { riskLevel: 'HIGH', isAutoConfirmable: true, lineNumber: 12, metadata: { a: 1 } }),
        error(2, { matchedValue: 'TypeError' }),
      ),
    ).toEqual({ accepted: 2, duplicates: 0, truncated: 0, rejected: [] });
    await call('endProcess', 'EndProcessInput', { endedAtMs: START + 9_000, exitCode: 3, linesCount: 40 });
    const { processSession } = await t.data(
      `{ processSession(sessionUuid: "${UUID}") {
        agent environment state exitCode extractionConfigVersion endedAt totals { lines feedback extractions lastExtractionAt }
        stateChanges { edges { node { state } } }
        extractions { edges { node { riskLevel isAutoConfirmable lineNumber matchedValue metadata } } } } }`,
    );
    expect(processSession).toEqual({
      agent: 'codex',
      environment: 'ci',
      state: 'FAILED',
      exitCode: 3,
      extractionConfigVersion: '7',
      endedAt: new Date(START + 9_000).toISOString(),
      totals: {
        lines: 40,
        feedback: 0,
        extractions: 2,
        lastExtractionAt: new Date(START + 2_000).toISOString(),
      },
      stateChanges: {
        edges: ['STARTED', 'RUNNING', 'FAILED'].map((state) => ({ node: { state } })),
      },
      extractions: {
        edges: [
          {
            node: {
              riskLevel: 'HIGH',
              isAutoConfirmable: true,
              lineNumber: 12,
              matchedValue: null,
              metadata: { a: 1 },
            },
          },
          {
            node: {
              riskLevel: 'NONE',
              isAutoConfirmable: false,
              lineNumber: null,
              matchedValue: 'TypeError',
              metadata: null,
            },
          },
        ],
      },
    });
  });

  it('may send a request again without a clientSeq', async () => {
    await start();
    const batch = [error(1, { matchedValue: 'a' }), error(1, { matchedValue: 'b' })];
    await record(...batch);
    expect(await record(...batch)).toMatchObject({ accepted: 2, duplicates: 2 });
    expect(await values('agent: "codex"')).toHaveLength(2);
  });

  it('is told which items were not taken, and the rest is', async () => {
    await start();
    expect(
      await record(
        error(1, { pattern: ' ' }),
        error(2, { tsMs: Date.now() + 86_400_000 }),
        error(3, { matchedValue: 'x'.repeat(4_097) }),
        error(4, { lineNumber: -1 }),
        error(5, { riskLevel: 'UNKNOWN' }),
        error(6, { metadata: { text: 'x'.repeat(5_000) } }),
        error(7, { originalLine: 'a\u0000b\ud800' }),
      ),
    ).toEqual({
      accepted: 2,
      duplicates: 0,
      truncated: 1,
      rejected: [
        { index: 0, path: 'extractions[0]', code: 'INVALID_VALUE' },
        { index: 1, path: 'extractions[1]', code: 'IN_THE_FUTURE' },
        { index: 2, path: 'extractions[2]', code: 'TOO_LONG' },
        { index: 3, path: 'extractions[3]', code: 'INVALID_VALUE' },
        { index: 4, path: 'extractions[4]', code: 'INVALID_VALUE' },
      ],
    });
  });

  it('is told of a session that nobody started and of a state that does not fit', async () => {
    expect((await record(error(1))).rejected).toEqual([
      { index: 0, path: 'extractions[0]', code: 'SESSION_UNKNOWN' },
    ]);
    await start();
    const state = (name: string, seconds: number) =>
      call('recordProcessState', 'RecordProcessStateInput', { state: name, atMs: START + seconds * 1_000 });
    expect(await state('STARTED', 1)).toMatchObject({
      accepted: 0,
      rejected: [{ code: 'ILLEGAL_TRANSITION' }],
    });
    await call('endProcess', 'EndProcessInput', { endedAtMs: START + 5_000, exitCode: 0 });
    expect(await state('RUNNING', 9)).toMatchObject({
      accepted: 0,
      rejected: [{ code: 'ILLEGAL_TRANSITION' }],
    });
  });
});

describe('code and words', () => {
  const code = (content: string) => ({ type: 'code_block', codeBlock: { content, language: 'ts' } });

  it('are kept once and found again, each with where it was', async () => {
    await start();
    await record(
      error(1, { ...code('const a = 1;\n'), lineNumber: 4, lineEnd: 4, originalLine: 'Here is the fix' }),
      error(2, { ...code('const a = 1;\n'), originalLine: 'The fix again' }),
      error(3, { originalLine: 'fixed <b>nothing</b>' }),
    );
    const { codeBlocks } = await t.data<{ codeBlocks: { edges: { node: { digest: string } }[] } }>(
      `{ codeBlocks(filter: { agent: "codex", sessionUuid: "${UUID}", language: "ts" }) { edges { node {
        digest language isParseable lines content firstSeenAt extractions { edges { node { originalLine } } } } } } }`,
    );
    expect(codeBlocks.edges.map(({ node }) => node)).toEqual([
      {
        digest: codeBlocks.edges[0]?.node.digest,
        language: 'ts',
        isParseable: null,
        lines: 1,
        content: 'const a = 1;\n',
        firstSeenAt: new Date(START + 1_000).toISOString(),
        extractions: {
          edges: ['The fix again', 'Here is the fix'].map((originalLine) => ({ node: { originalLine } })),
        },
      },
    ]);
    const digest = codeBlocks.edges[0]?.node.digest ?? '';
    expect(await t.data(`{ codeBlock(digest: "${digest.toUpperCase()}") { lines } }`)).toEqual({
      codeBlock: { lines: 1 },
    });
    expect((await t.ask('{ codeBlock(digest: "no") { lines } }')).errors?.[0]?.extensions.code).toBe(
      'BAD_USER_INPUT',
    );
    const { searchExtractions } = await t.data<{ searchExtractions: { edges: { node: unknown }[] } }>(
      `{ searchExtractions(query: "the fix", filter: { language: "ts" }) { edges { node {
        snippet { text isMatch } extraction { lineNumber lineEnd language codeBlock { digest } } } } } }`,
    );
    expect(searchExtractions.edges.map(({ node }) => node)).toContainEqual({
      snippet: [
        { text: 'Here is ', isMatch: false },
        { text: 'the', isMatch: true },
        { text: ' ', isMatch: false },
        { text: 'fix', isMatch: true },
      ],
      extraction: { lineNumber: 4, lineEnd: 4, language: 'ts', codeBlock: { digest } },
    });
    expect(searchExtractions.edges).toHaveLength(2);
  });

  it('are paged by cursors of the same question only', async () => {
    await start();
    await record(error(1, { originalLine: 'disk one' }), error(2, { originalLine: 'disk two more words' }));
    const page = (query: string, after = 'null') =>
      `{ searchExtractions(query: "${query}", first: 1, after: ${after}) {
        pageInfo { endCursor hasNextPage } edges { node { extraction { tsMs } } } } }`;
    type Answer = {
      searchExtractions: { pageInfo: { endCursor: string; hasNextPage: boolean }; edges: unknown[] };
    };
    const first = (await t.data<Answer>(page('disk'))).searchExtractions;
    const cursor = JSON.stringify(first.pageInfo.endCursor);
    const second = (await t.data<Answer>(page('disk', cursor))).searchExtractions;
    expect([first.pageInfo.hasNextPage, second.pageInfo.hasNextPage]).toEqual([true, false]);
    expect(second.edges).not.toEqual(first.edges);
    expect((await t.ask(page('one', cursor))).errors?.[0]?.extensions.code).toBe('INVALID_CURSOR');
    expect((await t.ask(page('-'))).errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });

  it('that are too long or out of order are refused item by item', async () => {
    await start();
    const { rejected } = await record(
      error(1, code('x'.repeat(32_769))),
      error(2, code('')),
      error(3, { lineNumber: 5, lineEnd: 4 }),
    );
    expect(rejected).toMatchObject([
      { index: 0, code: 'TOO_LONG' },
      { index: 1, code: 'INVALID_VALUE' },
      { index: 2, code: 'INVALID_VALUE' },
    ]);
  });
});

describe('lists', () => {
  const OTHER = '0c000000-0000-4000-8000-00000000000d';
  beforeEach(async () => {
    await start();
    await start({ sessionUuid: OTHER, agent: 'claude', startedAtMs: START + 1_000 });
    await record(
      error(1, { matchedValue: 'a', riskLevel: 'HIGH' }),
      error(2, { matchedValue: 'b', type: 'prompt' }),
      error(3, { matchedValue: 'c', pattern: 'other' }),
    );
    await call('recordExtractions', 'RecordExtractionsInput', {
      sessionUuid: OTHER,
      extractions: [error(4, { matchedValue: 'd' })],
    });
    await call('endProcess', 'EndProcessInput', { sessionUuid: OTHER, exitCode: 0 });
  });

  it('of extraction events are narrowed by agent, session, type, pattern, risk and time, newest first', async () => {
    const from = new Date(START + 2_000).toISOString();
    const to = new Date(START + 4_000).toISOString();
    expect(await values('')).toEqual(['d', 'c', 'b', 'a']);
    expect(await values('agent: "codex"')).toEqual(['c', 'b', 'a']);
    expect(await values(`sessionUuid: "${OTHER}"`)).toEqual(['d']);
    expect(await values('type: "error", agent: "codex"')).toEqual(['c', 'a']);
    expect(await values('pattern: "other"')).toEqual(['c']);
    expect(await values('riskLevel: HIGH')).toEqual(['a']);
    expect(await values(`from: "${from}", to: "${to}"`)).toEqual(['c', 'b']);
    expect(await values('agent: "nobody"')).toEqual([]);
  });

  it('tell of each extraction event in which session it was found, and how many there are', async () => {
    const read = vi.spyOn(t.app.store.agents, 'listProcessSessionsByIds');
    const answer = await t.data(`{
      extractions(first: 2, filter: { type: "error" }) { totalCount edges { node { matchedValue session { sessionUuid state } } } }
      processSession(sessionUuid: "${UUID}") { extractions(first: 1) { totalCount } }
      processSessions(first: 1, filter: { agent: "codex" }) { totalCount }
      codeBlocks(first: 1) { totalCount }
      searchExtractions(query: "x", first: 1) { edges { node { extraction { session { agent } } } } } }`);
    const node = (matchedValue: string, sessionUuid: string, state: string) => ({
      node: { matchedValue, session: { sessionUuid, state } },
    });
    expect(answer).toEqual({
      extractions: { totalCount: 3, edges: [node('d', OTHER, 'COMPLETED'), node('c', UUID, 'STARTED')] },
      processSession: { extractions: { totalCount: 3 } },
      processSessions: { totalCount: 1 },
      codeBlocks: { totalCount: 0 },
      searchExtractions: { edges: [] },
    });
    expect(read).toHaveBeenCalledTimes(1);
  });

  it('of sessions are narrowed by agent, state and start, newest first', async () => {
    expect(await sessions('')).toEqual(['claude', 'codex']);
    expect(await sessions('isActive: true')).toEqual(['codex']);
    expect(await sessions('isActive: false')).toEqual(['claude']);
    expect(await sessions('agent: "codex"')).toEqual(['codex']);
    expect(await sessions(`startedFrom: "${new Date(START + 1).toISOString()}"`)).toEqual(['claude']);
  });

  it('go on page by page, and refuse the cursor of another filter', async () => {
    const page = (after: string, filter = '') =>
      `{ extractions(first: 3, after: ${after}, filter: { ${filter} }) { pageInfo { endCursor hasNextPage } edges { node { matchedValue } } } }`;
    type Answer = {
      extractions: { pageInfo: { endCursor: string; hasNextPage: boolean }; edges: unknown[] };
    };
    const first = (await t.data<Answer>(page('null'))).extractions;
    expect(first.pageInfo.hasNextPage).toBe(true);
    const cursor = JSON.stringify(first.pageInfo.endCursor);
    const rest = (await t.data<Answer>(page(cursor))).extractions;
    expect(rest).toMatchObject({
      pageInfo: { hasNextPage: false },
      edges: [{ node: { matchedValue: 'a' } }],
    });
    const { errors } = await t.ask(page(cursor, 'agent: "codex"'));
    expect(errors?.[0]?.extensions.code).toBe('INVALID_CURSOR');
  });
});

describe('the counters of risks', () => {
  const NO_RISKS = { NONE: 0, LOW: 0, MEDIUM: 0, HIGH: 0, CRITICAL: 0 };
  const risks = async (): Promise<Record<string, number>> => {
    const metrics = await (await fetch(`${t.app.url}/metrics`)).text();
    const counts = metrics.matchAll(/^kinostat_extractions_total\{risk="(\w+)"\} (\d+)$/gm);
    return Object.fromEntries([...counts].map(([, risk = '', count]) => [risk, Number(count)]));
  };

  it('tell new extraction events by risk, and no resend', async () => {
    await start();
    const batch = [
      error(1, { riskLevel: 'HIGH' }),
      error(2, { riskLevel: 'HIGH' }),
      error(3, { riskLevel: 'CRITICAL' }),
      error(4),
    ];
    await record(...batch);
    await record(...batch, error(5, { riskLevel: 'CRITICAL' }));
    expect(await risks()).toEqual({ ...NO_RISKS, NONE: 1, HIGH: 2, CRITICAL: 2 });
  });

  it('tell those that came before their session too, when it starts', async () => {
    const { rejected } = await record(error(1, { riskLevel: 'HIGH' }), error(2, { riskLevel: 'LOW' }));
    expect(rejected.map(({ code }) => code)).toEqual(['SESSION_UNKNOWN', 'SESSION_UNKNOWN']);
    expect(await risks()).toEqual(NO_RISKS);
    await start();
    expect(await risks()).toEqual({ ...NO_RISKS, HIGH: 1, LOW: 1 });
  });

  it('tell those that an administrator requeues', async () => {
    await start();
    const early = extraction(12, START + 1, { riskLevel: RiskLevel.CRITICAL });
    await t.app.store.bury({ ...early, processUuid: UUID }, 'POISON', 'cannot be stored', START);
    expect(await t.data('mutation { requeueDeadLetters { applied refused } }')).toEqual({
      requeueDeadLetters: { applied: 1, refused: 0 },
    });
    expect(await risks()).toEqual({ ...NO_RISKS, CRITICAL: 1 });
  });
});

describe('what was reported', () => {
  it('is all there after a restart', async () => {
    await t[Symbol.asyncDispose]();
    const folder = await temporaryFolder();
    t = await bootApp({}, systemClock, folder);
    await start();
    await record(error(1, { originalLine: 'a line', codeBlock: { content: 'a' } }));
    await call('endProcess', 'EndProcessInput', { endedAtMs: START + 9_000, exitCode: 0, linesCount: 3 });
    const ASK = `{ processSession(sessionUuid: "${UUID}") { state exitCode totals { lines extractions }
      stateChanges { edges { node { state } } } extractions { edges { node { originalLine codeBlock { digest } } } } }
      searchExtractions(query: "line") { edges { node { extraction { tsMs } } } } }`;
    const before = await t.data(ASK);
    await t[Symbol.asyncDispose]();
    t = await bootApp({}, systemClock, folder);
    expect(await t.data(ASK)).toEqual(before);
    expect(before).toMatchObject({ processSession: { state: 'COMPLETED', totals: { extractions: 1 } } });
  });
});
