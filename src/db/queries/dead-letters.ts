import { and, eq, inArray, sql, type SQL } from 'drizzle-orm';
import type { DeadLetter } from '../../domain/dead-letter.js';
import type { Page, PageRequest } from '../../domain/page.js';
import type { WriteCommand } from '../../domain/write-command.js';
import type { Db } from '../database.js';
import { countRows, listPage, mapPage } from './keyset.js';

export class DeadLetterQueries {
  constructor(private readonly db: Db) {}

  /** Newest first. */
  async listDeadLetters(code: string | null, page: PageRequest): Promise<Page<DeadLetter>> {
    const { deadLetters } = this.db.tables;
    return mapPage(
      await listPage(
        this.db.builder.select().from(deadLetters),
        { columns: [deadLetters.deadLetterId], order: 'descending', where: this.#matches(code) },
        page,
      ),
      toDeadLetter,
    );
  }

  async countDeadLetters(code: string | null): Promise<number> {
    return countRows(this.db, this.db.tables.deadLetters, this.#matches(code));
  }

  /** The oldest after `afterId`, in order: a chunk to work on. Null ids means any. */
  async listOldest(
    ids: readonly number[] | null,
    afterId: number,
    limit: number,
  ): Promise<readonly DeadLetter[]> {
    const { deadLetters } = this.db.tables;
    const rows = await this.db.builder
      .select()
      .from(deadLetters)
      .where(
        and(
          sql`${deadLetters.deadLetterId} > ${afterId}`,
          ids === null ? undefined : inArray(deadLetters.deadLetterId, [...ids]),
        ),
      )
      .orderBy(deadLetters.deadLetterId)
      .limit(limit);
    return rows.map(toDeadLetter);
  }

  async listOfSessions(
    sessionUuids: readonly string[],
    code: string,
    limit: number,
  ): Promise<readonly DeadLetter[]> {
    const { deadLetters } = this.db.tables;
    const rows = await this.db.builder
      .select()
      .from(deadLetters)
      .where(and(inArray(deadLetters.sessionUuid, [...sessionUuids]), eq(deadLetters.code, code)))
      .orderBy(deadLetters.deadLetterId)
      .limit(limit);
    return rows.map(toDeadLetter);
  }

  #matches(code: string | null): SQL | undefined {
    return code === null ? undefined : eq(this.db.tables.deadLetters.code, code);
  }
}

type DeadLetterRow = Omit<DeadLetter, 'command'> & { readonly commandJson: string };

/** Only the writer fills the table, from the same type; an older version's command is applied as it was. */
const toDeadLetter = ({ commandJson, ...row }: DeadLetterRow): DeadLetter => ({
  ...row,
  command: JSON.parse(commandJson) as WriteCommand,
});
