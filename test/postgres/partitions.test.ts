import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RETENTION_PRESETS } from '../../src/domain/retention.js';
import { extraction, startProcess } from '../support/agent-commands.js';
import { event, sample, start, T0, uuid } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';

const DAY = 24 * 60 * 60 * 1000;
const at = (date: string): number => Date.parse(date);
const never = new AbortController().signal;
const KEEP = RETENTION_PRESETS['keep-all'];

let s: TestStore;
beforeEach(async () => {
  s = await openTestStore();
});
afterEach(() => s[Symbol.asyncDispose]());

const parts = async (table: string) =>
  (
    await s.rows(
      `SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = CAST(? AS regclass) ORDER BY 1`,
      table,
    )
  ).map(([name]) => String(name).replace(`${table}_`, ''));
const partOf = async (sampleMs: number) =>
  (
    await s.rows(
      'SELECT CAST(tableoid::regclass AS TEXT) FROM imm_session_telemetry WHERE sample_ms = ?',
      sampleMs,
    )
  )[0]?.[0];

describe('months', () => {
  it('are there for the month before, this one and three ahead, with a default for the rest', async () => {
    const expected = ['default', 'p202610', 'p202611', 'p202612', 'p202701', 'p202702'];
    expect(await parts('imm_session_telemetry')).toEqual(expected);
    expect(await parts('imm_session_events')).toEqual(expected);
    expect(await parts('agt_extractions')).toEqual(expected);
    expect(await s.store.maintenance.ensurePartitions(T0)).toEqual({ madeCount: 0, defaultRowCount: 0 });
  });

  it('begin at midnight UTC, to the millisecond', async () => {
    const december = at('2026-12-01');
    await s.store.apply([[start(1), sample(1, december - 1), sample(1, december)]], T0);
    expect(await partOf(december - 1)).toBe('imm_session_telemetry_p202611');
    expect(await partOf(december)).toBe('imm_session_telemetry_p202612');
  });

  it('that come take what waited in the default, which is told until then', async () => {
    const may = at('2027-05-10');
    await s.store.apply([[start(1), sample(1, may, { wordsSeen: 3 }), event(1, may)]], T0);
    expect(await partOf(may)).toBe('imm_session_telemetry_default');
    expect(await s.store.maintenance.ensurePartitions(T0)).toEqual({ madeCount: 0, defaultRowCount: 2 });
    expect(await s.store.maintenance.ensurePartitions(may)).toEqual({ madeCount: 15, defaultRowCount: 0 });
    expect(await partOf(may)).toBe('imm_session_telemetry_p202705');
    // Sent again it is a duplicate: the key went with the rows.
    const { groups } = await s.store.apply([[sample(1, may, { wordsSeen: 3 }), event(1, may)]], T0);
    expect(groups[0]).toMatchObject({ stored: 0, duplicates: 2 });
  });

  it('are made by one of several instances', async () => {
    await using other = await openTestStore({}, s.location);
    const reports = await Promise.all(
      [s, other].map(({ store }) => store.maintenance.ensurePartitions(at('2028-01-15'))),
    );
    expect(reports.reduce((sum, report) => sum + (report?.madeCount ?? 0), 0)).toBe(15);
  });
});

describe('retention', () => {
  it('drops the months that left as a whole, and removes the rest row by row', async () => {
    const days = [at('2026-10-05'), at('2026-10-28'), at('2026-11-02'), at('2026-11-20')];
    await s.store.apply(
      [[start(1, 'v1', days[0]), ...days.map((ms, i) => sample(1, ms, { wordsSeen: i }))]],
      T0,
    );
    const windows = { ...KEEP, telemetry: 10 };
    const now = at('2026-11-21');
    const dry = await s.store.maintenance.prune(windows, now, { isDryRun: true }, never);
    const real = await s.store.maintenance.prune(windows, now, { isDryRun: false }, never);
    expect(real).toEqual(dry);
    expect(real.find(({ table }) => table === 'telemetry')?.rowCount).toBe(3);
    expect(await s.rows('SELECT sample_ms FROM imm_session_telemetry')).toEqual([[days[3]]]);
    expect(await parts('imm_session_telemetry')).not.toContain('p202610');
  });

  it('drops months of extraction events, and one that is sent again is not counted again', async () => {
    const october = at('2026-10-05');
    const run = [startProcess(1, 'codex', october), extraction(1, october), extraction(1, T0)];
    await s.store.apply([run], T0);
    const windows = { ...KEEP, extractions: 10 };
    const dry = await s.store.maintenance.prune(windows, T0, { isDryRun: true }, never);
    const real = await s.store.maintenance.prune(windows, T0, { isDryRun: false }, never);
    expect(real).toEqual(dry);
    expect(await parts('agt_extractions')).not.toContain('p202610');
    expect(await s.rows('SELECT ts_ms FROM agt_extractions')).toEqual([[T0]]);
    await s.store.apply([run], T0);
    expect(await s.rows('SELECT extractions_count FROM agt_session_totals')).toEqual([[2]]);
    expect(await s.rows('SELECT SUM(extractions_count) FROM agt_extraction_slices')).toEqual([[2]]);
  });

  it('leaves totals, slices and what counts as known', async () => {
    const october = at('2026-10-05');
    await s.store.apply([[start(1, 'v1', october), sample(1, october, { wordsSeen: 7 })]], T0);
    await s.store.maintenance.prune({ ...KEEP, telemetry: 10 }, T0, { isDryRun: false }, never);
    await s.store.apply([[sample(1, october, { wordsSeen: 7 })]], T0);
    const { sessionId } = (await s.store.immersion.getSession(uuid(1)))!;
    expect((await s.store.immersion.listSessionTotals([sessionId]))[0]).toMatchObject({ samplesCount: 1 });
    expect((await s.store.immersion.summarizeLifetime()).counters.wordsSeen).toBe(7);
    // The month is not there any more: it waits in the default until the next prune.
    expect(await partOf(october)).toBe('imm_session_telemetry_default');
    await s.store.maintenance.prune({ ...KEEP, telemetry: 10 }, T0 + DAY, { isDryRun: false }, never);
    expect(await s.rows('SELECT COUNT(*) FROM imm_session_telemetry')).toEqual([[0]]);
  });
});
