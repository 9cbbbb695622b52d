import type { RecordExtractionCommand } from '../../domain/agents/commands.js';
import { SLICE_MS } from '../../domain/time.js';
import type { Statement } from '../backend.js';
import type { SqlFunctions } from '../queries/sql-functions.js';
import { CodeBlockStatements, digestOf } from './code-blocks.js';
import { ExtractionSearchStatements } from './extraction-search.js';

/** Rows of one statement: a JSON parameter of some hundred kilobytes. */
const MAX_ROWS = 1_000;

const LOCK = `UPDATE agt_session_totals SET extractions_count = extractions_count
  WHERE process_session_id = (SELECT process_session_id FROM agt_process_sessions WHERE session_uuid = ?)`;

/** Extraction events, and the counts that survive them. */
export class ExtractionStatements {
  readonly #insert: string;
  readonly #slices: string;
  readonly #patterns: string;
  readonly #totals: string;
  readonly #codeBlocks: CodeBlockStatements;
  readonly #search: ExtractionSearchStatements;

  constructor(functions: SqlFunctions) {
    this.#codeBlocks = new CodeBlockStatements(functions);
    this.#search = new ExtractionSearchStatements(functions);
    const jsonRows = (columns: readonly string[]): string => functions.jsonRows('?', columns);
    const key = ['uuid text', 'ts', 'seq', 'type text', 'pattern text', 'risk'];
    const rest = ['auto', 'line', 'value text', 'original text', 'metadata text'];
    const code = ['end_line', 'digest text', 'language text'];
    const words = `CROSS JOIN agt_process_sessions s CROSS JOIN agt_extraction_types t CROSS JOIN agt_patterns p`;
    const named = 's.session_uuid = k.uuid AND t.name = k.type AND p.name = k.pattern';
    this.#insert = `INSERT INTO agt_extractions (process_session_id, ts_ms, client_seq, agent_id, type_id, pattern_id,
        risk_level, is_auto_confirmable, line_number, matched_value, original_line, metadata_json,
        line_end, code_block_id, code_language_id)
      SELECT s.process_session_id, k.ts, k.seq, s.agent_id, t.id, p.id, k.risk, k.auto, k.line, k.value, k.original, k.metadata,
        k.end_line, (SELECT code_block_id FROM agt_code_blocks WHERE digest = ${functions.bytesOfHex('k.digest')}),
        (SELECT id FROM agt_code_languages WHERE name = k.language)
      FROM ${jsonRows([...key, ...rest, ...code])} AS k ${words} WHERE ${named} ON CONFLICT DO NOTHING`;
    // Asked before the rows are there. Below what retention removed, one that is not there may have been counted.
    const fresh = `FROM ${jsonRows(key)} AS k ${words} CROSS JOIN agt_session_totals o WHERE ${named}
      AND o.process_session_id = s.process_session_id AND k.ts >= COALESCE(o.extractions_pruned_before_ms, 0)
      AND NOT EXISTS (SELECT 1 FROM agt_extractions e
        WHERE e.process_session_id = s.process_session_id AND e.ts_ms = k.ts AND e.client_seq = k.seq)`;
    const added = (table: string): string =>
      `DO UPDATE SET extractions_count = ${table}.extractions_count + excluded.extractions_count`;
    // In order: two instances then lock the rows they share in the same order.
    this.#slices = `INSERT INTO agt_extraction_slices (agent_id, slice, pattern_id, type_id, risk_level, extractions_count)
      SELECT s.agent_id, k.ts / ${SLICE_MS}, p.id, t.id, k.risk, COUNT(*) ${fresh}
      GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
      ON CONFLICT (agent_id, slice, pattern_id, type_id, risk_level) ${added('agt_extraction_slices')}`;
    this.#patterns = `INSERT INTO agt_session_patterns (process_session_id, pattern_id, type_id, risk_level, extractions_count)
      SELECT s.process_session_id, p.id, t.id, k.risk, COUNT(*) ${fresh} GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
      ON CONFLICT (process_session_id, pattern_id, type_id, risk_level) ${added('agt_session_patterns')}`;
    this.#totals = `UPDATE agt_session_totals SET extractions_count = extractions_count + n.events,
      last_extraction_ms = CASE WHEN n.last_ms > COALESCE(last_extraction_ms, -1) THEN n.last_ms ELSE last_extraction_ms END
      FROM (SELECT s.process_session_id AS id, COUNT(*) AS events, MAX(k.ts) AS last_ms ${fresh} GROUP BY 1) AS n
      WHERE n.id = agt_session_totals.process_session_id`;
  }

  /**
   * What the rows of a flush change beside themselves. The totals come first: two flushes that bring the same event
   * take turns on them, so the second one sees the event of the first when it counts.
   */
  before(commands: readonly RecordExtractionCommand[]): Statement[] {
    const uuids = [...new Set(commands.map(({ processUuid }) => processUuid))].toSorted();
    return [
      ...uuids.map((uuid) => ({ sql: LOCK, params: [uuid] })),
      ...chunks(commands).flatMap((part) => {
        const params = [JSON.stringify(part.map(keyOf))];
        return [this.#slices, this.#patterns, this.#totals].map((sql) => ({ sql, params }));
      }),
      ...this.#codeBlocks.statements(commands),
    ];
  }

  /** What points at the rows: the words they are found by. */
  after(commands: readonly RecordExtractionCommand[]): Statement[] {
    return chunks(commands).flatMap((part) => this.#search.statements(part));
  }

  /** One that is there already is a duplicate. */
  rows(commands: readonly RecordExtractionCommand[]): { statement: Statement; count: number }[] {
    return chunks(commands).map((part) => ({
      statement: { sql: this.#insert, params: [JSON.stringify(part.map(rowOf))] },
      count: part.length,
    }));
  }
}

const keyOf = ({ processUuid, extraction: e }: RecordExtractionCommand): (string | number)[] => [
  ...[processUuid, e.tsMs, e.clientSeq, e.type, e.pattern, e.riskLevel],
];

const rowOf = (command: RecordExtractionCommand): (string | number | null)[] => {
  const { isAutoConfirmable, lineNumber, lineEnd, matchedValue, originalLine, metadataJson, codeBlock } =
    command.extraction;
  return [
    ...keyOf(command),
    isAutoConfirmable ? 1 : 0,
    ...[lineNumber, matchedValue, originalLine, metadataJson, lineEnd],
    ...(codeBlock === null ? [null, null] : [digestOf(codeBlock.content), codeBlock.language]),
  ];
};

function chunks<Item>(items: readonly Item[]): (readonly Item[])[] {
  const parts = [];
  for (let done = 0; done < items.length; done += MAX_ROWS) parts.push(items.slice(done, done + MAX_ROWS));
  return parts;
}
