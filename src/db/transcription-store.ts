import { StorageError } from '../domain/errors.js';
import { TranscriptionStatus } from '../domain/library/enums.js';
import type { Transcription } from '../domain/library/transcription.js';
import type { TranscriptionStore } from '../domain/library/transcription-store.js';
import type { Statement } from './backend.js';
import { removeUnusedTexts, TranscriptionStatements } from './commands/transcriptions.js';
import type { Db } from './database.js';
import { TranscriptionQueries } from './queries/transcriptions.js';
import { packContent } from './transcription-content.js';

const { PENDING, PROCESSING } = TranscriptionStatus;

/** The port of transcriptions: every change is one transaction. */
export function createTranscriptionStore(db: Db): TranscriptionStore {
  const queries = new TranscriptionQueries(db);
  const statements = new TranscriptionStatements(db.functions);
  const isChanged = async (list: readonly Statement[]): Promise<boolean> =>
    (await db.backend.transact(list)).at(-1) === 1;

  async function getOf(slug: string): Promise<Transcription | null> {
    const [row] = await db.backend.read({
      sql: 'SELECT video_id FROM lib_entries WHERE slug = ? AND deleted_at_ms IS NULL',
      params: [slug],
    });
    if (row === undefined) return null;
    return (await queries.listByVideoIds([Number(row[0])]))[0] ?? null;
  }

  return {
    request: (slug, language, nowMs) => isChanged(statements.request(slug, language, nowMs)),
    start: (slug, nowMs) => isChanged([statements.start(slug, nowMs)]),
    async complete(slug, language, content, nowMs) {
      const before = await getOf(slug);
      if (before === null) return 'REFUSED';
      const packed = await packContent(content, language ?? before.language);
      const { videoId, textId } = before;
      if (before.status === PENDING || before.status === PROCESSING) {
        const isDone = await isChanged(statements.complete(videoId, language, content, packed, nowMs));
        if (textId !== null) await forgetUnusedTexts(db);
        if (isDone) return 'COMPLETED';
      }
      // It may have been completed meanwhile, by the same call sent twice.
      const now = (await queries.listByVideoIds([videoId]))[0];
      const isSame =
        now?.status === TranscriptionStatus.COMPLETED &&
        now.textId !== null &&
        (await queries.getContentHash(now.textId)) === packed.hash;
      return isSame ? 'SAME' : 'REFUSED';
    },
    fail: (slug, errorMessage, nowMs) => isChanged([statements.fail(slug, errorMessage, nowMs)]),
    retry: (slug, nowMs) => isChanged([statements.retry(slug, nowMs)]),
    listByVideoIds: (videoIds) => queries.listByVideoIds(videoIds),
    list: (filter, page) => queries.list(filter, page),
    count: (filter) => queries.count(filter),
    listContents: (textIds) => queries.listContents(textIds),
    search: (query, page) => queries.search(query, page),
  };
}

/** One that was given to a transcription meanwhile stays, and with it all of them until the next time. */
export async function forgetUnusedTexts(db: Db): Promise<void> {
  try {
    await db.backend.transact([removeUnusedTexts]);
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== db.backend.foreignKeyCode) throw error;
  }
}
