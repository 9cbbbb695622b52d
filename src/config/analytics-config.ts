/** Sizes MiB, durations ms. */
export interface AnalyticsConfig {
  readonly engine: 'store' | 'duckdb';
  readonly file: string;
  readonly memoryMb: number;
  readonly threads: number;
  readonly syncIntervalMs: number;
}
