import { eq } from 'drizzle-orm';
import type { AuditEntry } from '../../domain/stats-store.js';
import type { Statement } from '../backend.js';
import type { Db } from '../database.js';
import { compiled } from './compiled.js';

export class SettingQueries {
  constructor(private readonly db: Db) {}

  async getSetting(key: string): Promise<string | null> {
    const { settings } = this.db.tables;
    const rows = await this.db.builder.select().from(settings).where(eq(settings.key, key));
    return rows[0]?.value ?? null;
  }

  async setSetting(key: string, value: string): Promise<void> {
    await this.db.backend.transact([this.settingStatement(key, value)]);
  }

  settingStatement(key: string, value: string): Statement {
    const { settings } = this.db.tables;
    return compiled(
      this.db.builder
        .insert(settings)
        .values({ key, value })
        .onConflictDoUpdate({ target: settings.key, set: { value } }),
    );
  }

  removalStatement(key: string): Statement {
    const { settings } = this.db.tables;
    return compiled(this.db.builder.delete(settings).where(eq(settings.key, key)));
  }

  async audit(entry: AuditEntry): Promise<void> {
    await this.db.backend.transact([compiled(this.db.builder.insert(this.db.tables.auditLog).values(entry))]);
  }
}
