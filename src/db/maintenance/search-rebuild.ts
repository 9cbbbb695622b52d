import { StorageError } from '../../domain/errors.js';
import type { SearchDomain, SearchPart } from '../../domain/search/types.js';
import type { SearchRebuildReport } from '../../domain/stats-store.js';
import type { SqlValue, Statement } from '../backend.js';
import { ManySearchStatements, SUBJECT_BY_ID } from '../commands/search-many.js';
import type { Db } from '../database.js';
import { paced } from '../pace.js';

/** Something that can be searched, with its parts. */
export interface SearchSubject {
  readonly subjectId: number;
  readonly parts: readonly SearchPart[];
}

/** Subjects whose ids follow each other, few enough for one transaction. */
export interface SearchPage {
  /** In the order of their ids; none behind the last one. */
  readonly subjects: readonly SearchSubject[];
  /** Holds while the subjects of the page are as they were read, and none came between them. */
  readonly guard: Statement & { readonly equals: SqlValue };
}

/** What the documents of a domain are derived from. */
export interface SearchSource {
  readonly domain: SearchDomain;
  /** For people. */
  readonly name: string;
  /** How many subjects there are. */
  count(): Promise<number>;
  /** The next ones above an id. */
  read(aboveId: number): Promise<SearchPage>;
}

/**
 * Derives what can be searched again from what is stored. Subjects are replaced page by page, so search goes on meanwhile;
 * what is written meanwhile is read again. Documents of subjects that no source has go.
 */
export class SearchRebuild {
  readonly #statements: ManySearchStatements;

  constructor(
    private readonly db: Pick<Db, 'backend' | 'functions'>,
    private readonly sources: readonly SearchSource[],
  ) {
    this.#statements = new ManySearchStatements(db.functions, SUBJECT_BY_ID);
  }

  async run(
    signal: AbortSignal,
    onProgress: (name: string, done: number, total: number) => void,
  ): Promise<readonly SearchRebuildReport[]> {
    const reports: SearchRebuildReport[] = [];
    for (const source of this.sources) {
      const total = await source.count();
      let subjectsCount = 0;
      // Ids are at least 0.
      let aboveId: number | null = -1;
      while (aboveId !== null && !signal.aborted) {
        const subjects: readonly SearchSubject[] = await this.#replacePage(source, aboveId, signal);
        subjectsCount += subjects.length;
        onProgress(source.name, subjectsCount, Math.max(subjectsCount, total));
        aboveId = subjects.at(-1)?.subjectId ?? null;
      }
      reports.push({ name: source.name, subjectsCount, isComplete: aboveId === null });
    }
    return reports;
  }

  async #replacePage(
    source: SearchSource,
    aboveId: number,
    signal: AbortSignal,
  ): Promise<readonly SearchSubject[]> {
    for (;;) {
      const { subjects, guard } = await source.read(aboveId);
      const parts = subjects.flatMap(({ subjectId, parts: own }) =>
        own.map((part) => ({ ...part, subject: subjectId })),
      );
      const statements = [
        removal(source.domain, aboveId, subjects.at(-1)?.subjectId ?? null),
        ...this.#statements.add(source.domain, parts),
      ];
      try {
        await paced(() => this.db.backend.transact(statements, { guard }), signal);
        return subjects;
      } catch (error) {
        if (!(error instanceof StorageError) || error.code !== 'GUARD_FAILED') throw error;
      }
    }
  }
}

/** Of subjects above one id up to another; null is to the end. */
const removal = (domain: SearchDomain, aboveId: number, toId: number | null): Statement => ({
  sql: `DELETE FROM sys_search_documents WHERE domain = ? AND subject_id > ? ${toId === null ? '' : 'AND subject_id <= ?'}`,
  params: [domain, aboveId, ...(toId === null ? [] : [toId])],
});
