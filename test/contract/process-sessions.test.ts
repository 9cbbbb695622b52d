import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PageRequest } from '../../src/domain/page.js';
import { T0, uuid } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';

const SESSIONS = `INSERT INTO agt_process_sessions
  (session_uuid, agent_id, environment, started_at_ms, ended_at_ms, state, exit_code, created_at_ms, updated_at_ms)
  VALUES (?, (SELECT id FROM agt_agents WHERE name = 'codex'), 'ci', ?, ?, 3, 0, ?, ?)`;
const CHANGES = `INSERT INTO agt_state_changes (process_session_id, at_ms, state) SELECT process_session_id, CAST(? AS BIGINT), CAST(? AS INTEGER)
  FROM agt_process_sessions WHERE session_uuid = ?`;
const EXTRACTIONS = `INSERT INTO agt_extractions
  (process_session_id, ts_ms, client_seq, agent_id, type_id, pattern_id, risk_level, is_auto_confirmable, matched_value)
  SELECT process_session_id, CAST(? AS BIGINT), CAST(? AS BIGINT), agent_id, (SELECT id FROM agt_extraction_types WHERE name = 'error'),
    (SELECT id FROM agt_patterns WHERE name = 'type_error'), 3, 1, CAST(? AS TEXT)
  FROM agt_process_sessions WHERE session_uuid = ?`;

const pageOf = (size: number, start: PageRequest['start'] = null): PageRequest => ({
  direction: 'forward',
  size,
  start,
});

let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
  const words = [
    ['agt_agents', 'codex'],
    ['agt_extraction_types', 'error'],
    ['agt_patterns', 'type_error'],
  ];
  await s.backend.transact([
    ...words.map(([table, word]) => ({
      sql: `INSERT INTO ${table ?? ''} (name) VALUES (?)`,
      params: [word ?? ''],
    })),
    ...[1, 2].map((n) => ({ sql: SESSIONS, params: [uuid(n), T0, T0 - 5, T0, T0] })),
    ...[3, 0, 1].map((state) => ({ sql: CHANGES, params: [T0 + state * 10, state, uuid(1)] })),
    ...[
      [30, 1, 'c'],
      [10, 2, 'b'],
      [10, 1, 'a'],
    ].map(([at, seq, value]) => ({
      sql: EXTRACTIONS,
      params: [T0 + Number(at), Number(seq), String(value), uuid(1)],
    })),
    { sql: EXTRACTIONS, params: [T0, 1, 'of another session', uuid(2)] },
  ]);
});
afterEach(() => s[Symbol.asyncDispose]());

describe('a process session', () => {
  it('is found by its UUID, with the name of its agent, and never ends before it began', async () => {
    expect(await s.store.agents.getProcessSession(uuid(1))).toMatchObject({
      sessionUuid: uuid(1),
      agent: 'codex',
      environment: 'ci',
      startedAtMs: T0,
      endedAtMs: T0,
      state: 3,
      exitCode: 0,
    });
  });

  it('that nobody started is null', async () => {
    expect(await s.store.agents.getProcessSession(uuid(9))).toBeNull();
  });

  it('tells its state changes in time order, page by page', async () => {
    const { processSessionId } = (await s.store.agents.getProcessSession(uuid(1)))!;
    const first = await s.store.agents.listStateChanges(processSessionId, pageOf(2));
    expect(first.rows.map(({ state }) => state)).toEqual([0, 1]);
    expect(first.hasMore).toBe(true);
    const rest = await s.store.agents.listStateChanges(processSessionId, pageOf(2, [T0 + 10, 1]));
    expect(rest.rows.map(({ state }) => state)).toEqual([3]);
    expect(rest.hasMore).toBe(false);
  });

  it('tells its own extraction events in time order, page by page, with the words of the dictionaries', async () => {
    const { processSessionId } = (await s.store.agents.getProcessSession(uuid(1)))!;
    const { rows, hasMore } = await s.store.agents.listSessionExtractions(processSessionId, pageOf(2));
    expect(rows.map(({ matchedValue }) => matchedValue)).toEqual(['a', 'b']);
    expect(hasMore).toBe(true);
    expect(rows[0]).toMatchObject({
      agent: 'codex',
      type: 'error',
      pattern: 'type_error',
      riskLevel: 3,
      isAutoConfirmable: true,
      codeLanguage: null,
    });
    const last = rows[1]!;
    const rest = await s.store.agents.listSessionExtractions(
      processSessionId,
      pageOf(2, [last.tsMs, last.clientSeq, last.extractionId]),
    );
    expect(rest.rows.map(({ matchedValue }) => matchedValue)).toEqual(['c']);
  });

  it('takes everything of it along when it goes', async () => {
    await s.backend.transact([
      { sql: 'DELETE FROM agt_process_sessions WHERE session_uuid = ?', params: [uuid(1)] },
    ]);
    expect(await s.rows('SELECT COUNT(*) FROM agt_state_changes')).toEqual([[0]]);
    expect(await s.rows('SELECT matched_value FROM agt_extractions')).toEqual([['of another session']]);
  });
});
