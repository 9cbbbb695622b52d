/** Windows in days; 0 keeps for ever. Sessions, session totals and videos are always kept. */
export const RETENTION_TABLES = [
  'events',
  'telemetry',
  'slices',
  'daily',
  'monthly',
  'deadLetters',
  'jobRuns',
  'extractions',
  'playbacks',
  'cacheSlices',
  'audienceSlices',
] as const;
export type RetentionTable = (typeof RETENTION_TABLES)[number];
export type RetentionDays = Readonly<Record<RetentionTable, number>>;

export const RETENTION_PRESETS = {
  default: {
    events: 7,
    telemetry: 30,
    slices: 1825,
    daily: 365,
    monthly: 1825,
    deadLetters: 14,
    jobRuns: 90,
    extractions: 90,
    playbacks: 365,
    cacheSlices: 365,
    audienceSlices: 1825,
  },
  minimal: {
    events: 1,
    telemetry: 3,
    slices: 400,
    daily: 90,
    monthly: 730,
    deadLetters: 3,
    jobRuns: 14,
    extractions: 7,
    playbacks: 30,
    cacheSlices: 30,
    audienceSlices: 400,
  },
  'keep-all': {
    events: 0,
    telemetry: 0,
    slices: 0,
    daily: 0,
    monthly: 0,
    deadLetters: 0,
    jobRuns: 0,
    extractions: 0,
    playbacks: 0,
    cacheSlices: 0,
    audienceSlices: 0,
  },
} as const satisfies Record<string, RetentionDays>;
export type RetentionPreset = keyof typeof RETENTION_PRESETS;

/** Setting that keeps the instant before which a prune may have removed rows of the table, epoch ms. Never falls. */
export const prunedBeforeKey = (table: RetentionTable): string => `pruned-before.${table}`;

/** What a prune removed, or with a dry run would remove. */
export interface PruneReport {
  readonly table: RetentionTable;
  /** Rows older than this instant go; null when the table is kept for ever. */
  readonly beforeMs: number | null;
  readonly rowCount: number;
}
