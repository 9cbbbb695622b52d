import { eq } from 'drizzle-orm';
import type { AuditEntry } from '../../domain/stats-store.js';
import type { Statement } from '../backend.js';
import type { Db } from '../database.js';
import { compiled } from './compiled.js';

const SET = `INSERT INTO sys_settings (key, value) VALUES (?, ?)
  ON CONFLICT (key) DO UPDATE SET value = excluded.value`;
const AUDIT =
  'INSERT INTO sys_audit_log (at_ms, token_id, action, subject, detail_json) VALUES (?, ?, ?, ?, ?)';

export const settingStatement = (key: string, value: string): Statement => ({
  sql: SET,
  params: [key, value],
});

export class SettingQueries {
  constructor(private readonly db: Db) {}

  async getSetting(key: string): Promise<string | null> {
    const { settings } = this.db.tables;
    const rows = await this.db.builder.select().from(settings).where(eq(settings.key, key));
    return rows[0]?.value ?? null;
  }

  async setSetting(key: string, value: string): Promise<void> {
    await this.db.backend.transact([settingStatement(key, value)]);
  }

  removalStatement(key: string): Statement {
    const { settings } = this.db.tables;
    return compiled(this.db.builder.delete(settings).where(eq(settings.key, key)));
  }

  async audit({ atMs, tokenId, action, subject, detailJson }: AuditEntry): Promise<void> {
    const params = [atMs, tokenId, action, subject, detailJson];
    await this.db.backend.transact([{ sql: AUDIT, params }]);
  }
}
