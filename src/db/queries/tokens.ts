import { and, eq, isNull } from 'drizzle-orm';
import { MAX_TOKENS, type ApiToken } from '../../domain/access.js';
import type { Db } from '../database.js';
import { compiled } from './compiled.js';

const CREATE = 'INSERT INTO sys_api_tokens (name, token_hash, scopes, created_at_ms) VALUES (?, ?, ?, ?)';

export class TokenQueries {
  constructor(private readonly db: Db) {}

  async listTokens(): Promise<readonly ApiToken[]> {
    const { apiTokens } = this.db.tables;
    return this.db.builder.select().from(apiTokens).orderBy(apiTokens.tokenId).limit(MAX_TOKENS);
  }

  async createToken(token: Omit<ApiToken, 'tokenId' | 'lastUsedAtMs' | 'revokedAtMs'>): Promise<void> {
    const { name, tokenHash, scopes, createdAtMs } = token;
    await this.db.backend.transact([{ sql: CREATE, params: [name, tokenHash, scopes, createdAtMs] }]);
  }

  async revokeToken(tokenId: number, revokedAtMs: number): Promise<boolean> {
    const { apiTokens } = this.db.tables;
    const [changed] = await this.db.backend.transact([
      compiled(
        this.db.builder
          .update(apiTokens)
          .set({ revokedAtMs })
          .where(and(eq(apiTokens.tokenId, tokenId), isNull(apiTokens.revokedAtMs))),
      ),
    ]);
    return changed === 1;
  }
}
