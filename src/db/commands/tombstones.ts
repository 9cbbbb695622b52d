import { MAX_TOMBSTONES, type TombstoneKind } from '../../domain/analytics/tombstones.js';
import type { Statement } from '../backend.js';

/** To be put into the transaction after which all of it is gone. Those that nobody waits for make room. */
export const tombstoneStatements = (kind: TombstoneKind, subject: number): Statement[] => [
  { sql: 'INSERT INTO sys_tombstones (kind, subject) VALUES (?, ?)', params: [kind, subject] },
  {
    sql: `DELETE FROM sys_tombstones
      WHERE tombstone_id <= (SELECT MAX(tombstone_id) FROM sys_tombstones) - ${MAX_TOMBSTONES}`,
    params: [],
  },
];
