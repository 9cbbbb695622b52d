import type { Db } from '../database.js';

/** Videos whose entries are deleted: bounded by the archive, which is purged. */
export async function listHiddenVideos({ backend }: Db): Promise<ReadonlySet<number>> {
  const sql = 'SELECT video_id FROM lib_entries WHERE deleted_at_ms IS NOT NULL';
  return new Set((await backend.read({ sql, params: [] })).map(([id]) => Number(id)));
}
