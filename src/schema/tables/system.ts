import type { Dialect } from '../dialect/sqlite.js';
import { dictionary } from './dictionary.js';

/** The one table that Drizzle has no word for: FTS5 on SQLite, a tsvector on PostgreSQL. Made by its migrations by hand. */
export const SEARCH_INDEX = 'sys_search_index';

/** The tables that serve every domain. */
export function systemTables(d: Dialect) {
  return {
    languages: dictionary(d, 'sys_languages'),
    codecs: dictionary(d, 'sys_codecs'),
    containers: dictionary(d, 'sys_containers'),
    qualities: dictionary(d, 'sys_qualities'),

    /**
     * What can be found by its words. The words themselves are in sys_search_index, which Drizzle has no word for: FTS5
     * on SQLite, a tsvector on PostgreSQL; its rows go with these (a trigger, a cascade).
     */
    searchDocuments: d.table(
      'sys_search_documents',
      {
        documentId: d.id('document_id'),
        /** SearchDomain. */
        domain: d.enumInt('domain').notNull(),
        subjectId: d.int('subject_id').notNull(),
        part: d.int('part').notNull(),
        /** ms into the media, or an instant. */
        atMs: d.int('at_ms').notNull(),
      },
      (t) => [d.unique('uq_sys_search_documents_domain_subject_id_part', [t.domain, t.subjectId, t.part])],
    ),

    settings: d.table('sys_settings', {
      key: d.text('key').primaryKey(),
      value: d.text('value').notNull(),
    }),

    apiTokens: d.table(
      'sys_api_tokens',
      {
        tokenId: d.id('token_id'),
        name: d.text('name').notNull(),
        /** SHA-256 of the token, hex. */
        tokenHash: d.text('token_hash').notNull(),
        /** Bits: 1 read, 2 ingest, 4 admin. */
        scopes: d.enumInt('scopes').notNull(),
        createdAtMs: d.epochMs('created_at_ms').notNull(),
        lastUsedAtMs: d.epochMs('last_used_at_ms'),
        revokedAtMs: d.epochMs('revoked_at_ms'),
      },
      (t) => [d.unique('uq_sys_api_tokens_token_hash', [t.tokenHash])],
    ),

    deadLetters: d.table(
      'sys_dead_letters',
      {
        deadLetterId: d.id('dead_letter_id'),
        sessionUuid: d.text('session_uuid'),
        kind: d.text('kind').notNull(),
        code: d.text('code').notNull(),
        message: d.text('message').notNull(),
        commandJson: d.json('command_json').notNull(),
        createdAtMs: d.epochMs('created_at_ms').notNull(),
      },
      (t) => [
        d.index('idx_sys_dead_letters_session_uuid', [t.sessionUuid]),
        d.index('idx_sys_dead_letters_created_at_ms', [t.createdAtMs]),
      ],
    ),

    jobRuns: d.table(
      'sys_job_runs',
      {
        jobRunId: d.id('job_run_id'),
        jobName: d.text('job_name').notNull(),
        /** 0 running, 1 succeeded, 2 failed, 3 cancelled. */
        status: d.enumInt('status').notNull(),
        startedAtMs: d.epochMs('started_at_ms').notNull(),
        finishedAtMs: d.epochMs('finished_at_ms'),
        summary: d.text('summary'),
      },
      (t) => [
        d.index('idx_sys_job_runs_job_name_job_run_id', [t.jobName, t.jobRunId]),
        d.index('idx_sys_job_runs_started_at_ms', [t.startedAtMs]),
      ],
    ),

    /** One row per job in a cluster; unused by a single process, which holds its database alone. */
    jobLeases: d.table('sys_job_leases', {
      jobName: d.text('job_name').primaryKey(),
      owner: d.text('owner').notNull(),
      leaseUntilMs: d.epochMs('lease_until_ms').notNull(),
      fencing: d.int('fencing').notNull(),
    }),

    /** What was removed and may have been copied before: the analytics copy takes it over. */
    tombstones: d.table('sys_tombstones', {
      tombstoneId: d.id('tombstone_id'),
      /** TombstoneKind. */
      kind: d.enumInt('kind').notNull(),
      /** An id, or an instant, epoch ms. */
      subject: d.int('subject').notNull(),
    }),

    auditLog: d.table(
      'sys_audit_log',
      {
        auditId: d.id('audit_id'),
        atMs: d.epochMs('at_ms').notNull(),
        tokenId: d.int('token_id'),
        action: d.text('action').notNull(),
        subject: d.text('subject').notNull(),
        detailJson: d.json('detail_json'),
      },
      (t) => [d.index('idx_sys_audit_log_at_ms', [t.atMs])],
    ),
  };
}
