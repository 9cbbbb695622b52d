import { and, eq, inArray, sql, type SQL } from 'drizzle-orm';
import type { CodeBlock, CodeBlockFilter } from '../../domain/agents/types.js';
import type { Page, PageRequest } from '../../domain/page.js';
import type { Db } from '../database.js';
import { wordId } from './agent-words.js';
import { countRows, listPage, mapPage } from './keyset.js';

/** Code that was found in the output of processes. */
export class CodeBlockQueries {
  constructor(private readonly db: Db) {}

  async getCodeBlock(digest: string): Promise<CodeBlock | null> {
    const [row] = await this.#rows().where(eq(this.db.tables.codeBlocks.digest, Buffer.from(digest, 'hex')));
    return row === undefined ? null : toCodeBlock(row);
  }

  async listCodeBlocksByIds(codeBlockIds: readonly number[]): Promise<readonly CodeBlock[]> {
    if (codeBlockIds.length === 0) return [];
    const rows = await this.#rows().where(inArray(this.db.tables.codeBlocks.codeBlockId, [...codeBlockIds]));
    return rows.map(toCodeBlock);
  }

  async listCodeBlocks(filter: CodeBlockFilter, page: PageRequest): Promise<Page<CodeBlock>> {
    const { codeBlocks: blocks } = this.db.tables;
    const columns = [blocks.firstSeenMs, blocks.codeBlockId];
    const rows = await listPage(
      this.#rows(),
      { columns, order: 'descending', where: this.#matches(filter) },
      page,
    );
    return mapPage(rows, toCodeBlock);
  }

  countCodeBlocks(filter: CodeBlockFilter): Promise<number> {
    return countRows(this.db, this.db.tables.codeBlocks, this.#matches(filter));
  }

  #matches(filter: CodeBlockFilter): SQL | undefined {
    const { codeBlocks: blocks } = this.db.tables;
    const found = [
      filter.agent === null ? undefined : sql`e.agent_id = ${wordId('agt_agents', filter.agent)}`,
      filter.sessionUuid === null
        ? undefined
        : sql`e.process_session_id =
            (SELECT process_session_id FROM agt_process_sessions WHERE session_uuid = ${filter.sessionUuid})`,
    ].filter((condition) => condition !== undefined);
    return and(
      filter.language === null
        ? undefined
        : sql`${blocks.languageId} = ${wordId('agt_code_languages', filter.language)}`,
      filter.isParseable === null ? undefined : eq(blocks.isParseable, filter.isParseable ? 1 : 0),
      found.length === 0
        ? undefined
        : sql`EXISTS (SELECT 1 FROM agt_extractions e WHERE e.code_block_id = ${blocks.codeBlockId}
            AND ${sql.join(found, sql` AND `)})`,
    );
  }

  #rows() {
    const { codeBlocks: blocks, codeLanguages } = this.db.tables;
    return this.db.builder
      .select({
        codeBlockId: blocks.codeBlockId,
        digest: blocks.digest,
        language: codeLanguages.name,
        isParseable: blocks.isParseable,
        linesCount: blocks.linesCount,
        content: blocks.content,
        firstSeenMs: blocks.firstSeenMs,
      })
      .from(blocks)
      .leftJoin(codeLanguages, eq(codeLanguages.id, blocks.languageId))
      .$dynamic();
  }
}

interface CodeBlockRow extends Omit<CodeBlock, 'digest' | 'isParseable'> {
  readonly digest: Uint8Array;
  readonly isParseable: number | null;
}

const toCodeBlock = ({ digest, isParseable, ...row }: CodeBlockRow): CodeBlock => ({
  ...row,
  digest: Buffer.from(digest).toString('hex'),
  isParseable: isParseable === null ? null : isParseable === 1,
});
