import { RETENTION_PRESETS, RETENTION_TABLES, type RetentionTable } from '../domain/retention.js';
import type { Setting } from './setting.js';

/** A window may reach a century; 0 keeps for ever. */
const MAX_RETENTION_DAYS = 36_500;

const retentionEnv = (table: RetentionTable): string =>
  `KINOSTAT_RETENTION_${table.replaceAll(/[A-Z]/g, (c) => `_${c}`).toUpperCase()}_DAYS`;

const RETENTION_WORDS: Readonly<Record<RetentionTable, string>> = {
  events: 'session events',
  telemetry: 'telemetry samples',
  slices: 'session slices and slice roll-ups (trends)',
  daily: 'daily roll-ups',
  monthly: 'monthly roll-ups',
  deadLetters: 'dead letters',
  jobRuns: 'the history of jobs',
  extractions: 'extraction events of process sessions',
  playbacks: 'playbacks and the viewers left without any; roll-ups of the audience stay',
  cacheSlices: 'counts of the transcript cache by slice; their sum stays',
  audienceSlices: 'slices of the audience, never less than its playbacks; its days and months stay',
};

/** Retention windows: one setting per table, their defaults those of the preset. */
export const RETENTION_SETTINGS = Object.fromEntries(
  RETENTION_TABLES.map((table) => [
    table,
    {
      type: 'integer',
      env: retentionEnv(table),
      default: RETENTION_PRESETS.default[table],
      min: 0,
      max: MAX_RETENTION_DAYS,
      description: `Days to keep ${RETENTION_WORDS[table]}; 0 keeps for ever.`,
    } as const,
  ]),
) as Readonly<Record<RetentionTable, Extract<Setting, { type: 'integer' }>>>;
