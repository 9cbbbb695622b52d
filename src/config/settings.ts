import { ANALYTICS_SETTINGS } from './analytics-settings.js';
import { LOG_LEVELS } from './log-levels.js';
import { RETENTION_PRESETS } from '../domain/retention.js';
import { OVERFLOW_POLICIES } from '../domain/write-command.js';
import { integer, type Setting } from './setting.js';
import { STORAGE_SETTINGS } from './storage-settings.js';
import { TRANSCRIPT_SETTINGS } from './transcript-settings.js';

export const SETTINGS = {
  host: {
    type: 'text',
    env: 'KINOSTAT_HOST',
    default: '127.0.0.1',
    flag: 'host',
    description: 'Address to listen on. Any other than loopback needs a token to exist.',
  },
  port: integer('KINOSTAT_PORT', 4114, 0, 65_535, 'Port to listen on; 0 takes a free one.', 'port'),
  ...STORAGE_SETTINGS,
  ...ANALYTICS_SETTINGS,
  timezone: {
    type: 'text',
    env: 'KINOSTAT_TIMEZONE',
    default: 'UTC',
    flag: 'timezone',
    description:
      'IANA zone of the stored daily and monthly roll-ups, and of answers that name none. A change needs `kinostat rollup --rebuild`.',
  },
  logLevel: {
    type: 'choice',
    env: 'KINOSTAT_LOG_LEVEL',
    default: 'info',
    choices: LOG_LEVELS,
    description: 'Least severe lines written to stderr.',
  },
  batchSize: integer('KINOSTAT_BATCH_SIZE', 25, 1, 10_000, 'Waiting commands that trigger a flush.'),
  flushIntervalMs: integer(
    'KINOSTAT_FLUSH_INTERVAL_MS',
    500,
    10,
    60_000,
    'Longest wait of a command for its flush, ms.',
  ),
  queueCap: integer('KINOSTAT_QUEUE_CAP', 1_000, 10, 1_000_000, 'Commands that may wait.'),
  payloadCapBytes: integer(
    'KINOSTAT_PAYLOAD_CAP_BYTES',
    256,
    16,
    65_536,
    'UTF-8 bytes of an event payload; over it the payload is replaced by {"truncated":true}.',
  ),
  overflowPolicy: {
    type: 'choice',
    env: 'KINOSTAT_OVERFLOW_POLICY',
    default: 'DROP_OLDEST',
    choices: OVERFLOW_POLICIES,
    description:
      'What gives way when the queue is full. BACKPRESSURE refuses whole requests with QUEUE_FULL.',
  },
  commitTimeoutMs: integer(
    'KINOSTAT_COMMIT_TIMEOUT_MS',
    30_000,
    100,
    600_000,
    'How long a COMMITTED request waits before it is answered UNAVAILABLE, ms.',
  ),
  shutdownTimeoutMs: integer(
    'KINOSTAT_SHUTDOWN_TIMEOUT_MS',
    10_000,
    100,
    600_000,
    'How long a stopping server writes what waits, ms.',
  ),
  sessionIdleMs: integer(
    'KINOSTAT_SESSION_IDLE_MS',
    1_800_000,
    10_000,
    604_800_000,
    'A session without a sample for this long is closed as ABANDONED, ms.',
  ),
  maxFutureSkewMs: integer(
    'KINOSTAT_MAX_FUTURE_SKEW_MS',
    300_000,
    0,
    86_400_000,
    'How far a client clock may run ahead of the server before its items are rejected, ms.',
  ),
  heartbeatIntervalMs: integer(
    'KINOSTAT_HEARTBEAT_INTERVAL_MS',
    10_000,
    1_000,
    120_000,
    'How often players are asked to send heartbeats, ms; no more than twice as much counts between two of them.',
  ),
  viewerRotationDays: integer(
    'KINOSTAT_VIEWER_ROTATION_DAYS',
    365,
    0,
    3_650,
    'Days after which a viewer gets a new random id; 0 keeps it for ever.',
  ),
  audienceCacheMs: integer(
    'KINOSTAT_AUDIENCE_CACHE_MS',
    5_000,
    0,
    600_000,
    'How old an answer about the audience may be, ms; 0 asks the store each time.',
  ),
  retentionPreset: {
    type: 'choice',
    env: 'KINOSTAT_RETENTION',
    default: 'default',
    choices: Object.keys(RETENTION_PRESETS),
    description: 'Preset of the retention windows; the settings below override it one by one.',
  },
  archiveRetentionDays: integer(
    'KINOSTAT_ARCHIVE_RETENTION_DAYS',
    30,
    0,
    36_500,
    'Days until a deleted entry of the library is purged; 0 keeps it for ever.',
  ),
  transcodingLeaseMs: integer(
    'KINOSTAT_TRANSCODING_LEASE_MS',
    1_800_000,
    10_000,
    86_400_000,
    'A worker that does not report on its transcoding job for this long has lost it, ms.',
  ),
  rollUpIntervalMs: integer(
    'KINOSTAT_ROLLUP_INTERVAL_MS',
    60_000,
    1_000,
    86_400_000,
    'Between roll-ups, ms.',
  ),
  pruneIntervalMs: integer(
    'KINOSTAT_PRUNE_INTERVAL_MS',
    86_400_000,
    60_000,
    2_592_000_000,
    'Between prunes, ms.',
  ),
  vacuumIntervalMs: integer(
    'KINOSTAT_VACUUM_INTERVAL_MS',
    604_800_000,
    60_000,
    31_536_000_000,
    'Between vacuums, ms; they do nothing when it is not worth it.',
  ),
  checkpointIntervalMs: integer(
    'KINOSTAT_CHECKPOINT_INTERVAL_MS',
    15_000,
    1_000,
    3_600_000,
    'Between checkpoints of the write-ahead log, ms.',
  ),
  sweepIntervalMs: integer(
    'KINOSTAT_SWEEP_INTERVAL_MS',
    60_000,
    1_000,
    86_400_000,
    'Between sweeps of idle sessions, ms.',
  ),
  ...TRANSCRIPT_SETTINGS,
  mediaRoots: {
    type: 'list',
    env: 'KINOSTAT_MEDIA_ROOTS',
    default: [],
    description: 'Folders whose video files may be probed, separated by commas. Empty turns probing off.',
  },
  ffprobe: {
    type: 'text',
    env: 'KINOSTAT_FFPROBE',
    default: 'ffprobe',
    description: 'The ffprobe program.',
  },
  isOpen: {
    type: 'boolean',
    env: 'KINOSTAT_ALLOW_OPEN',
    default: false,
    flag: 'allow-open',
    description:
      'Serve without tokens on an address that is not loopback. Only behind your own access control.',
  },
  allowedHosts: {
    type: 'list',
    env: 'KINOSTAT_ALLOWED_HOSTS',
    default: [],
    description: 'Host names that requests may carry beside loopback names and the listening address.',
  },
  corsOrigins: {
    type: 'list',
    env: 'KINOSTAT_CORS_ORIGINS',
    default: [],
    description:
      'Origins of web pages that may call the API, such as https://example.org. Empty turns CORS off.',
  },
  maxBodyBytes: integer(
    'KINOSTAT_MAX_BODY_BYTES',
    1_048_576,
    1_024,
    67_108_864,
    'Largest request body, bytes.',
  ),
  rateLimitPerMin: integer(
    'KINOSTAT_RATE_LIMIT_PER_MIN',
    60_000,
    0,
    100_000_000,
    'Requests per minute and token; 0 turns the limit off. The open loopback has none.',
  ),
  isDevelopment: {
    type: 'boolean',
    env: 'KINOSTAT_DEVELOPMENT',
    default: false,
    description: 'Serve GraphiQL at /graphql.',
  },
} as const satisfies Record<string, Setting>;
