import { createHash } from 'node:crypto';
import type { RecordExtractionCommand } from '../../domain/agents/commands.js';
import type { CodeBlockFields } from '../../domain/agents/types.js';
import type { Statement } from '../backend.js';
import type { SqlFunctions } from '../queries/sql-functions.js';

/** Blocks of one statement: some megabytes at most. */
const MAX_BLOCKS = 100;

/** SHA-256 of the content as UTF-8, 64 hex digits. */
export const digestOf = (content: string): string =>
  createHash('sha256').update(content, 'utf8').digest('hex');

interface FoundBlock extends CodeBlockFields {
  readonly digest: string;
  readonly seenMs: number;
}

/** Code blocks, stored once however often and in how many sessions they are found. */
export class CodeBlockStatements {
  readonly #upsert: string;

  constructor(functions: SqlFunctions) {
    const columns = ['digest text', 'language text', 'parseable', 'lines', 'content text', 'seen'];
    // A block that is known is locked also where nothing changes: a prune that finds it without events then waits.
    this.#upsert = `INSERT INTO agt_code_blocks (digest, language_id, is_parseable, lines_count, content, first_seen_ms)
      SELECT ${functions.bytesOfHex('k.digest')}, (SELECT id FROM agt_code_languages WHERE name = k.language), k.parseable, k.lines,
        k.content, k.seen FROM ${functions.jsonRows('?', columns)} AS k WHERE true ORDER BY k.digest
      ON CONFLICT (digest) DO UPDATE SET
        language_id = COALESCE(agt_code_blocks.language_id, excluded.language_id),
        is_parseable = COALESCE(agt_code_blocks.is_parseable, excluded.is_parseable),
        first_seen_ms = CASE WHEN excluded.first_seen_ms < agt_code_blocks.first_seen_ms
          THEN excluded.first_seen_ms ELSE agt_code_blocks.first_seen_ms END
      WHERE excluded.first_seen_ms < agt_code_blocks.first_seen_ms
        OR (agt_code_blocks.language_id IS NULL AND excluded.language_id IS NOT NULL)
        OR (agt_code_blocks.is_parseable IS NULL AND excluded.is_parseable IS NOT NULL)`;
  }

  /** To stand before the rows that name them by their digest. */
  statements(commands: readonly RecordExtractionCommand[]): Statement[] {
    const blocks = [...merged(commands).values()];
    const out: Statement[] = [];
    for (let done = 0; done < blocks.length; done += MAX_BLOCKS) {
      const rows = blocks.slice(done, done + MAX_BLOCKS).map(rowOf);
      out.push({ sql: this.#upsert, params: [JSON.stringify(rows)] });
    }
    return out;
  }
}

/** A statement may not meet the same row twice. */
function merged(commands: readonly RecordExtractionCommand[]): ReadonlyMap<string, FoundBlock> {
  const blocks = new Map<string, FoundBlock>();
  for (const { extraction } of commands) {
    const { codeBlock, tsMs } = extraction;
    if (codeBlock === null) continue;
    const digest = digestOf(codeBlock.content);
    const known = blocks.get(digest);
    blocks.set(digest, {
      digest,
      content: codeBlock.content,
      language: known?.language ?? codeBlock.language,
      isParseable: known?.isParseable ?? codeBlock.isParseable,
      seenMs: Math.min(known?.seenMs ?? tsMs, tsMs),
    });
  }
  return blocks;
}

const rowOf = ({ digest, language, isParseable, content, seenMs }: FoundBlock) => [
  ...[digest, language, isParseable === null ? null : Number(isParseable)],
  ...[linesIn(content), content, seenMs],
];

/** A line break at the very end begins no line. */
const linesIn = (content: string): number => content.replace(/\r?\n$/, '').split('\n').length;
