import type { Dialect } from '../dialect/sqlite.js';
import { dictionary } from './dictionary.js';

/** The tables of the agents domain, stated once for both databases. */
export function agentTables(d: Dialect) {
  const processSessions = d.table(
    'agt_process_sessions',
    {
      processSessionId: d.id('process_session_id'),
      sessionUuid: d.text('session_uuid').notNull(),
      agentId: d.int('agent_id').notNull(),
      environment: d.text('environment'),
      startedAtMs: d.epochMs('started_at_ms').notNull(),
      /** As reported; null while the process has not ended. */
      endedAtMs: d.epochMs('ended_at_ms'),
      /** The last state change by time: ProcessState. */
      state: d.enumInt('state').notNull(),
      exitCode: d.int('exit_code'),
      stdoutLogPath: d.text('stdout_log_path'),
      stderrLogPath: d.text('stderr_log_path'),
      extractionConfigVersion: d.text('extraction_config_version'),
      environmentConfigVersion: d.text('environment_config_version'),
      createdAtMs: d.epochMs('created_at_ms').notNull(),
      updatedAtMs: d.epochMs('updated_at_ms').notNull(),
    },
    (t) => [
      d.unique('uq_agt_process_sessions_session_uuid', [t.sessionUuid]),
      d.index('idx_agt_process_sessions_started_at_ms', [t.startedAtMs]),
      d.index('idx_agt_process_sessions_agent_id_started_at_ms', [t.agentId, t.startedAtMs]),
      d.index('idx_agt_process_sessions_state_started_at_ms', [t.state, t.startedAtMs]),
    ],
  );

  const sessionReference = () =>
    d
      .int('process_session_id')
      .notNull()
      .references(() => processSessions.processSessionId, { onDelete: 'cascade' });

  const processTotals = d.table('agt_session_totals', {
    processSessionId: d
      .int('process_session_id')
      .primaryKey()
      .references(() => processSessions.processSessionId, { onDelete: 'cascade' }),
    /** Running maximum of what the wrapper reported. */
    linesCount: d.int('lines_count').notNull().default(0),
    feedbackCount: d.int('feedback_count').notNull().default(0),
    /** Extraction events that were stored, whether retention removed them since or not. */
    extractionsCount: d.int('extractions_count').notNull().default(0),
    lastExtractionMs: d.epochMs('last_extraction_ms'),
    droppedCount: d.int('dropped_count').notNull().default(0),
    /** Retention removed the session's extraction events before this instant; null when it never did. */
    extractionsPrunedBeforeMs: d.epochMs('extractions_pruned_before_ms'),
  });

  const stateChanges = d.table(
    'agt_state_changes',
    {
      processSessionId: sessionReference(),
      atMs: d.epochMs('at_ms').notNull(),
      /** ProcessState. */
      state: d.enumInt('state').notNull(),
      exitCode: d.int('exit_code'),
      metadataJson: d.json('metadata_json'),
    },
    (t) => [d.key([t.processSessionId, t.atMs, t.state])],
  );

  const extractions = d.table(
    'agt_extractions',
    {
      extractionId: d.factId('extraction_id'),
      processSessionId: sessionReference(),
      tsMs: d.epochMs('ts_ms').notNull(),
      clientSeq: d.int('client_seq').notNull().default(0),
      /** That of the session, so that the events of an agent are one range of an index. */
      agentId: d.int('agent_id').notNull(),
      typeId: d.int('type_id').notNull(),
      patternId: d.int('pattern_id').notNull(),
      /** RiskLevel. */
      riskLevel: d.enumInt('risk_level').notNull().default(0),
      isAutoConfirmable: d.enumInt('is_auto_confirmable').notNull().default(0),
      lineNumber: d.int('line_number'),
      /** The last line of what spans several, such as a code block. */
      lineEnd: d.int('line_end'),
      matchedValue: d.text('matched_value'),
      originalLine: d.text('original_line'),
      metadataJson: d.json('metadata_json'),
      codeBlockId: d.int('code_block_id'),
      /** As this event reported it; null where there is no code. */
      codeLanguageId: d.int('code_language_id'),
    },
    (t) => [
      d.factKey('uq_agt_extractions_process_session_id_ts_ms_client_seq', [
        t.processSessionId,
        t.tsMs,
        t.clientSeq,
      ]),
      d.index('idx_agt_extractions_ts_ms', [t.tsMs]),
      ...d.factIdRuns('idx_agt_extractions_extraction_id', t.extractionId),
      d.index('idx_agt_extractions_agent_id_ts_ms', [t.agentId, t.tsMs]),
      d.index('idx_agt_extractions_type_id_ts_ms', [t.typeId, t.tsMs]),
      d.index('idx_agt_extractions_pattern_id_ts_ms', [t.patternId, t.tsMs]),
      d.index('idx_agt_extractions_risk_level_ts_ms', [t.riskLevel, t.tsMs]),
      // Few events are code: the rest has no entry here.
      d
        .index('idx_agt_extractions_code_language_id_ts_ms', [t.codeLanguageId, t.tsMs])
        .where(d.sql`${t.codeLanguageId} IS NOT NULL`),
      d
        .index('idx_agt_extractions_code_block_id_ts_ms', [t.codeBlockId, t.tsMs])
        .where(d.sql`${t.codeBlockId} IS NOT NULL`),
    ],
  );

  const codeBlocks = d.table(
    'agt_code_blocks',
    {
      codeBlockId: d.id('code_block_id'),
      /** SHA-256 of the content as UTF-8. */
      digest: d.blob('digest').notNull(),
      /** The first that was reported; null while none was. */
      languageId: d.int('language_id'),
      isParseable: d.enumInt('is_parseable'),
      linesCount: d.int('lines_count').notNull(),
      content: d.text('content').notNull(),
      firstSeenMs: d.epochMs('first_seen_ms').notNull(),
    },
    (t) => [
      d.unique('uq_agt_code_blocks_digest', [t.digest]),
      d.index('idx_agt_code_blocks_first_seen_ms', [t.firstSeenMs]),
      d.index('idx_agt_code_blocks_language_id_first_seen_ms', [t.languageId, t.firstSeenMs]),
    ],
  );

  const sessionPatterns = d.table(
    'agt_session_patterns',
    {
      processSessionId: sessionReference(),
      patternId: d.int('pattern_id').notNull(),
      typeId: d.int('type_id').notNull(),
      riskLevel: d.enumInt('risk_level').notNull(),
      extractionsCount: d.int('extractions_count').notNull(),
    },
    (t) => [
      d.key([t.processSessionId, t.patternId, t.typeId, t.riskLevel]),
      d.index('idx_agt_session_patterns_pattern_id', [t.patternId]),
    ],
  );

  const extractionSlices = d.table(
    'agt_extraction_slices',
    {
      agentId: d.int('agent_id').notNull(),
      /** floor(ts_ms / 900000). */
      slice: d.int('slice').notNull(),
      patternId: d.int('pattern_id').notNull(),
      typeId: d.int('type_id').notNull(),
      riskLevel: d.enumInt('risk_level').notNull(),
      extractionsCount: d.int('extractions_count').notNull(),
    },
    (t) => [
      d.key([t.agentId, t.slice, t.patternId, t.typeId, t.riskLevel]),
      d.index('idx_agt_extraction_slices_slice', [t.slice]),
      d.index('idx_agt_extraction_slices_pattern_id_slice', [t.patternId, t.slice]),
    ],
  );

  return {
    agents: dictionary(d, 'agt_agents'),
    extractionTypes: dictionary(d, 'agt_extraction_types'),
    patterns: dictionary(d, 'agt_patterns'),
    codeLanguages: dictionary(d, 'agt_code_languages'),
    processSessions,
    processTotals,
    stateChanges,
    extractions,
    codeBlocks,
    sessionPatterns,
    extractionSlices,
  };
}
