import { VIDEO_SITE_MUTANTS } from './video-site-mutants.mjs';

/**
 * Faults put in by hand where a wrong number or a lost command would come from: roll-up, slices, writer, cursors and the video
 * site.
 * `find` stands exactly once in its file. `tests` are the files that should notice.
 * @type {readonly { file: string, find: string, replace: string, says: string, tests: string }[]}
 */
const DB = 'test/db test/contract';
const WRITER = 'test/ingest';
const PAGE = 'test/domain/page.test.ts test/contract/queries.test.ts test/app/immersion-api.test.ts';

export const MUTANTS = [
  // Roll-up
  {
    file: 'src/db/maintenance/roll-up-sql.ts',
    find: 'THEN w.${column} - ${earlier} ELSE 0 END',
    replace: 'THEN w.${column} - ${earlier} ELSE w.${column} - ${earlier} END',
    says: 'a counter that restarts lowers its slice',
    tests: DB,
  },
  {
    file: 'src/db/maintenance/roll-up-sql.ts',
    find: 'AND 1 PRECEDING)',
    replace: 'AND CURRENT ROW)',
    says: 'a slice is compared with itself',
    tests: DB,
  },
  {
    file: 'src/db/maintenance/roll-up-sql.ts',
    find: 'AND se.started_at_ms < (c.s + 1) * 900000',
    replace: 'AND se.started_at_ms <= (c.s + 1) * 900000',
    says: 'a session on the edge starts in two slices',
    tests: DB,
  },
  {
    file: 'src/db/maintenance/roll-up.ts',
    find: 'AND sl.slice >= d.s',
    replace: 'AND sl.slice = d.s',
    says: 'a late sample does not repair later slices',
    tests: DB,
  },
  {
    file: 'src/db/maintenance/roll-up-periods.ts',
    find: 'if (from >= watermark) found.set',
    replace: 'found.set',
    says: 'a month is computed from a part of itself',
    tests: DB,
  },
  {
    file: 'src/db/maintenance/roll-up-statements.ts',
    find: '{ sql: this.#sql.clean, params: [list] }',
    replace: "{ sql: this.#sql.clean, params: ['[]'] }",
    says: 'dirty marks are never removed',
    tests: DB,
  },
  {
    file: 'src/db/immersion-store.ts',
    find: 'if (await rollUp.isDirty()) await rollUp.pass(never);',
    replace: '',
    says: 'reads do not roll up what is dirty',
    tests: DB,
  },
  {
    file: 'src/db/commands/sessions.ts',
    find: 'const mark = { sql: this.#markText, params: [command.sessionUuid] };',
    replace: "const mark = { sql: this.#markText, params: [''] };",
    says: 'a start marks nothing dirty',
    tests: DB,
  },
  {
    file: 'src/db/maintenance/prune-slices.ts',
    find: 'const before = monthSlices(monthOf(dayAt(beforeMs, zone)), zone).from;',
    replace: 'const before = Math.floor(beforeMs / 900000);',
    says: 'slices go in the middle of a month',
    tests: DB,
  },
  {
    file: 'src/db/maintenance/roll-up-sql.ts',
    find: 'w.session_id = se.session_id AND w.slice < ?',
    replace: 'w.session_id = se.session_id AND w.slice > -1 AND w.slice < ?',
    says: 'the base of a video holds only the last prune',
    tests: DB,
  },
  {
    file: 'src/db/maintenance/prune-slices.ts',
    find: 'MAX(o.${c})',
    replace: 'MIN(o.${c})',
    says: 'the base of a session is not its maximum',
    tests: DB,
  },
  {
    file: 'src/db/maintenance/prune-slices.ts',
    find: "ON CONFLICT (session_id, slice) DO UPDATE SET\n          ${COUNTER_COLUMNS.map((c) => `${c} = excluded.${c}`).join(', ')}",
    replace: 'ON CONFLICT DO NOTHING',
    says: 'the base of a session is that of its first prune',
    tests: DB,
  },
  // Slices and totals
  {
    file: 'src/db/commands/telemetry.ts',
    find: 'WHERE ${anyCounterGrows(',
    replace: 'WHERE true OR ${anyCounterGrows(',
    says: 'a resend is not a duplicate',
    tests: DB,
  },
  {
    file: 'src/db/commands/telemetry.ts',
    find: 'samples_count = samples_count - known.samples',
    replace: 'samples_count = samples_count - 0 * known.samples',
    says: 'samples that are sent again count again',
    tests: DB,
  },
  {
    file: 'src/db/maintenance/roll-up-statements.ts',
    find: 'filter(([, slice]) => slice < watermark)',
    replace: 'filter(([, slice]) => slice === -1)',
    says: 'late data below the watermark counts nowhere',
    tests: DB,
  },
  {
    file: 'src/db/maintenance/roll-up.ts',
    find: 'guard: { ...READ_STATE, equals: state }',
    replace: '',
    says: 'a roll-up does not notice that another process pruned',
    tests: DB,
  },
  {
    file: 'src/db/commands/telemetry.ts',
    find: '(s.sample_ms < COALESCE(o.telemetry_pruned_before_ms, 0)',
    replace: '(s.sample_ms < 0',
    says: 'a sample that retention removed counts again',
    tests: DB,
  },
  {
    file: 'src/db/commands/sql-text.ts',
    find: 'WHEN excluded.${c} > ${table}.${c} THEN excluded.${c}',
    replace: 'WHEN excluded.${c} < ${table}.${c} THEN excluded.${c}',
    says: 'the lower counter wins',
    tests: DB,
  },
  {
    file: 'src/domain/immersion/counters.ts',
    find: 'if (value > (target[i] ?? 0)) {',
    replace: 'if (value >= (target[i] ?? 0) && i > 3) {',
    says: 'some counters are not merged',
    tests: `${DB} test/domain`,
  },
  {
    file: 'src/domain/time.ts',
    find: 'to: Math.ceil(range.toMs / SLICE_MS)',
    replace: 'to: Math.floor(range.toMs / SLICE_MS)',
    says: 'a range loses its last slice',
    tests: 'test/domain test/app',
  },
  {
    file: 'src/domain/bucket.ts',
    find: 'from: Math.max(range.from, ceilSlice(startMs))',
    replace: 'from: ceilSlice(startMs)',
    says: 'the first bucket is not clipped to the range',
    tests: 'test/domain test/app',
  },
  // Writer
  {
    file: 'src/ingest/buffer.ts',
    find: 'const oldest = this.#droppables.shift();',
    replace: 'const oldest = this.#keepers.shift() ?? this.#droppables.shift();',
    says: 'starts are dropped before samples',
    tests: WRITER,
  },
  {
    file: 'src/ingest/buffer.ts',
    find: 'this.depth < this.cap ? null',
    replace: 'this.depth <= this.cap ? null',
    says: 'the queue holds one too many',
    tests: WRITER,
  },
  {
    file: 'src/ingest/batch-writer.ts',
    find: 'this.#buffer.depth >= this.#o.batchSize',
    replace: 'this.#buffer.depth > this.#o.batchSize',
    says: 'a full batch waits for the interval',
    tests: WRITER,
  },
  {
    file: 'src/ingest/batch-writer.ts',
    find: 'if (isUrgent || ',
    replace: 'if (',
    says: 'COMMITTED waits for the interval',
    tests: WRITER,
  },
  {
    file: 'src/ingest/batch-writer.ts',
    find: 'return this.#commit(entries.slice(middle));',
    replace: 'return this.#commit(entries.slice(middle + 1));',
    says: 'splitting loses a command',
    tests: WRITER,
  },
  {
    file: 'src/ingest/batch-writer.ts',
    find: 'this.#losses.add(command);',
    replace: '',
    says: 'a session does not learn of its losses',
    tests: `${WRITER} test/app`,
  },
  {
    file: 'src/ingest/batch-writer.ts',
    find: 'ticket?.drop();',
    replace: '',
    says: 'a COMMITTED request waits for what was dropped',
    tests: WRITER,
  },
  {
    file: 'src/ingest/retry.ts',
    find: 'FIRST_DELAY_MS * 2 ** retry',
    replace: 'FIRST_DELAY_MS',
    says: 'retries do not back off',
    tests: WRITER,
  },
  {
    file: 'src/ingest/ticket.ts',
    find: 'this.#refused.push(...refused);',
    replace: '',
    says: 'a receipt hides what was refused',
    tests: WRITER,
  },
  // Cursors and pages
  {
    file: 'src/domain/page.ts',
    find: 'if (print !== fnv1a(scope))',
    replace: 'if (print === undefined)',
    says: 'a cursor of another list is taken',
    tests: PAGE,
  },
  {
    file: 'src/domain/page.ts',
    find: 'rows.length > request.size',
    replace: 'rows.length >= request.size',
    says: 'a full last page promises more',
    tests: PAGE,
  },
  {
    file: 'src/domain/page.ts',
    find: "request.direction === 'backward' ? kept.toReversed() : kept",
    replace: 'kept',
    says: 'a page read backward is upside down',
    tests: PAGE,
  },
  {
    file: 'src/db/queries/keyset.ts',
    find: "sql.raw(isAscending ? '>' : '<')",
    replace: "sql.raw(isAscending ? '>=' : '<=')",
    says: 'the row of the cursor comes again',
    tests: PAGE,
  },
  {
    file: 'src/db/queries/keyset.ts',
    find: 'limit: page.size + 1',
    replace: 'limit: page.size',
    says: 'there is never more',
    tests: PAGE,
  },
  {
    file: 'src/graphql/shared/connection.ts',
    find: 'hasPreviousPage: isForward ? request.start !== null : page.hasMore',
    replace: 'hasPreviousPage: false',
    says: 'there is never anything before',
    tests: PAGE,
  },
  ...VIDEO_SITE_MUTANTS,
];
