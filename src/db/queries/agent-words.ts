import { sql, type SQL } from 'drizzle-orm';

export type AgentWordTable = 'agt_agents' | 'agt_extraction_types' | 'agt_patterns' | 'agt_code_languages';

/** Looked up once for the statement; a word that nobody used is no row. */
export const wordId = (table: AgentWordTable, word: string): SQL =>
  sql`(SELECT id FROM ${sql.raw(table)} WHERE name = ${word})`;
