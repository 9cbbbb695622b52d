import { KinostatError } from '../domain/errors.js';
import {
  RETENTION_PRESETS,
  RETENTION_TABLES,
  type RetentionDays,
  type RetentionPreset,
} from '../domain/retention.js';
import type { OverflowPolicy } from '../domain/write-command.js';
import { zoneOf } from '../domain/zone.js';
import type { AnalyticsConfig } from './analytics-config.js';
import { ConfigError } from './config-error.js';
import type { LogLevel } from './log-levels.js';
import type { PlaybackConfig } from './playback-config.js';
import { RETENTION_SETTINGS } from './retention-settings.js';
import { parseSetting } from './parse-setting.js';
import type { Setting } from './setting.js';
import { SETTINGS } from './settings.js';

export type StorageConfig =
  | { readonly provider: 'sqlite'; readonly file: string; readonly readers: number }
  | {
      readonly provider: 'postgres';
      readonly url: string;
      readonly poolSize: number;
      readonly statementTimeoutMs: number;
      readonly connectDeadlineMs: number;
      readonly isPrepared: boolean;
    };

/** Everything an operator decided, checked once. Durations are ms, sizes bytes. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly storage: StorageConfig;
  readonly analytics: AnalyticsConfig;
  readonly timezone: string;
  readonly logLevel: LogLevel;
  readonly writer: {
    readonly batchSize: number;
    readonly flushIntervalMs: number;
    readonly queueCap: number;
    readonly overflowPolicy: OverflowPolicy;
    readonly commitTimeoutMs: number;
  };
  readonly ingest: { readonly payloadCapBytes: number; readonly maxFutureSkewMs: number };
  readonly playback: PlaybackConfig;
  readonly shutdownTimeoutMs: number;
  readonly sessionIdleMs: number;
  /** 0: never. */
  readonly archiveRetentionDays: number;
  readonly transcodingLeaseMs: number;
  readonly retention: RetentionDays;
  readonly jobs: {
    readonly rollUpIntervalMs: number;
    readonly pruneIntervalMs: number;
    readonly vacuumIntervalMs: number;
    readonly checkpointIntervalMs: number;
    readonly sweepIntervalMs: number;
  };
  readonly transcripts: {
    readonly maxEntries: number;
    readonly maxBytes: number;
    readonly ttlMs: number;
    readonly failureTtlMs: number;
    readonly evictionIntervalMs: number;
  };
  readonly media: { readonly roots: readonly string[]; readonly ffprobe: string };
  readonly access: {
    readonly isOpen: boolean;
    readonly allowedHosts: readonly string[];
    readonly corsOrigins: readonly string[];
    readonly maxBodyBytes: number;
    readonly rateLimitPerMin: number;
  };
  readonly isDevelopment: boolean;
}

type Source = Readonly<Record<string, string | undefined>>;

/** Parses settings by their KINOSTAT_ names; empty text counts as not set. Throws ConfigError with every problem. */
export function parseConfig(source: Source): Config {
  const problems: string[] = [];
  const read = <S extends Setting>(setting: S): Value<S> => {
    const raw = source[setting.env];
    if (raw === undefined || raw.trim() === '') return setting.default as Value<S>;
    const { value, problem } = parseSetting(setting, raw.trim());
    if (problem !== null) problems.push(`${setting.env} ${problem}`);
    return value as Value<S>;
  };
  refuseUnknown(source, problems);
  const preset = RETENTION_PRESETS[read(SETTINGS.retentionPreset) as RetentionPreset];
  const retention = Object.fromEntries(
    RETENTION_TABLES.map((table) => [table, read({ ...RETENTION_SETTINGS[table], default: preset[table] })]),
  ) as RetentionDays;
  const sqlite = {
    provider: 'sqlite',
    file: read(SETTINGS.sqliteFile),
    readers: read(SETTINGS.sqliteReaders),
  } as const;
  const postgres = {
    provider: 'postgres',
    url: read(SETTINGS.databaseUrl),
    poolSize: read(SETTINGS.databasePoolSize),
    statementTimeoutMs: read(SETTINGS.databaseStatementTimeoutMs),
    connectDeadlineMs: read(SETTINGS.databaseConnectDeadlineMs),
    isPrepared: read(SETTINGS.databasePreparesStatements),
  } as const;
  const config: Config = {
    host: read(SETTINGS.host),
    port: read(SETTINGS.port),
    storage: read(SETTINGS.storage) === 'postgres' ? postgres : sqlite,
    analytics: {
      engine: read(SETTINGS.analytics) === 'duckdb' ? 'duckdb' : 'store',
      file: read(SETTINGS.analyticsFile),
      memoryMb: read(SETTINGS.analyticsMemoryMb),
      threads: read(SETTINGS.analyticsThreads),
      syncIntervalMs: read(SETTINGS.analyticsSyncIntervalMs),
    },
    timezone: read(SETTINGS.timezone),
    logLevel: read(SETTINGS.logLevel) as LogLevel,
    writer: {
      batchSize: read(SETTINGS.batchSize),
      flushIntervalMs: read(SETTINGS.flushIntervalMs),
      queueCap: read(SETTINGS.queueCap),
      overflowPolicy: read(SETTINGS.overflowPolicy) as OverflowPolicy,
      commitTimeoutMs: read(SETTINGS.commitTimeoutMs),
    },
    ingest: {
      payloadCapBytes: read(SETTINGS.payloadCapBytes),
      maxFutureSkewMs: read(SETTINGS.maxFutureSkewMs),
    },
    playback: {
      heartbeatIntervalMs: read(SETTINGS.heartbeatIntervalMs),
      viewerRotationDays: read(SETTINGS.viewerRotationDays),
      audienceCacheMs: read(SETTINGS.audienceCacheMs),
    },
    shutdownTimeoutMs: read(SETTINGS.shutdownTimeoutMs),
    sessionIdleMs: read(SETTINGS.sessionIdleMs),
    archiveRetentionDays: read(SETTINGS.archiveRetentionDays),
    transcodingLeaseMs: read(SETTINGS.transcodingLeaseMs),
    retention,
    jobs: {
      rollUpIntervalMs: read(SETTINGS.rollUpIntervalMs),
      pruneIntervalMs: read(SETTINGS.pruneIntervalMs),
      vacuumIntervalMs: read(SETTINGS.vacuumIntervalMs),
      checkpointIntervalMs: read(SETTINGS.checkpointIntervalMs),
      sweepIntervalMs: read(SETTINGS.sweepIntervalMs),
    },
    transcripts: {
      maxEntries: read(SETTINGS.transcriptMaxEntries),
      maxBytes: read(SETTINGS.transcriptMaxBytes),
      ttlMs: read(SETTINGS.transcriptTtlMs),
      failureTtlMs: read(SETTINGS.transcriptFailureTtlMs),
      evictionIntervalMs: read(SETTINGS.transcriptEvictionIntervalMs),
    },
    media: { roots: read(SETTINGS.mediaRoots), ffprobe: read(SETTINGS.ffprobe) },
    access: {
      isOpen: read(SETTINGS.isOpen),
      allowedHosts: read(SETTINGS.allowedHosts),
      corsOrigins: read(SETTINGS.corsOrigins),
      maxBodyBytes: read(SETTINGS.maxBodyBytes),
      rateLimitPerMin: read(SETTINGS.rateLimitPerMin),
    },
    isDevelopment: read(SETTINGS.isDevelopment),
  };
  problems.push(...relations(config));
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** What only shows between settings. */
function relations(config: Config): string[] {
  const problems: string[] = [];
  try {
    zoneOf(config.timezone);
  } catch (error) {
    problems.push(
      `${SETTINGS.timezone.env}: ${error instanceof KinostatError ? error.message : 'is not a time zone'}`,
    );
  }
  if (config.writer.batchSize > config.writer.queueCap) {
    problems.push(
      `${SETTINGS.batchSize.env} must not be above ${SETTINGS.queueCap.env} (${config.writer.queueCap})`,
    );
  }
  if (config.storage.provider === 'postgres' && !/^postgres(ql)?:\/\/./.test(config.storage.url)) {
    problems.push(
      `${SETTINGS.databaseUrl.env} must be a URL like postgresql://user:password@host/name when ${SETTINGS.storage.env} is postgres`,
    );
  }
  for (const origin of config.access.corsOrigins) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      problems.push(`${SETTINGS.corsOrigins.env}: "${origin}" is not an origin such as https://example.org`);
    }
  }
  for (const root of config.media.roots) {
    if (!root.startsWith('/') && !/^[A-Za-z]:[\\/]/.test(root)) {
      problems.push(`${SETTINGS.mediaRoots.env}: "${root}" is not an absolute path`);
    }
  }
  return problems;
}

type Value<S extends Setting> = S extends { type: 'integer' }
  ? number
  : S extends { type: 'boolean' }
    ? boolean
    : S extends { type: 'list' }
      ? readonly string[]
      : string;

/** A misspelt name would silently leave the default in force. Names of tests and load tools are their own. */
function refuseUnknown(source: Source, problems: string[]): void {
  const known = new Set<string>(
    [...Object.values(SETTINGS), ...Object.values(RETENTION_SETTINGS)].map(({ env }) => env),
  );
  for (const name of Object.keys(source)) {
    const isOurs = name.startsWith('KINOSTAT_') && !/^KINOSTAT_(TEST|E2E|LOAD|BENCH)_/.test(name);
    if (isOurs && !known.has(name)) problems.push(`${name} is not a setting: see docs/configuration.md`);
  }
}
