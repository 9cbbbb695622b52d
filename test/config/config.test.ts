import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/config-error.js';
import { parseConfig, type Config } from '../../src/config/config.js';
import { RETENTION_SETTINGS } from '../../src/config/retention-settings.js';
import type { Setting } from '../../src/config/setting.js';
import { SETTINGS } from '../../src/config/settings.js';
import { StartupError } from '../../src/domain/errors.js';
import { problemsOf } from './problems.js';

const leaves = (value: unknown): unknown[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.values(value).flatMap(leaves)
    : [value];

describe('defaults', () => {
  it('are those that the documents promise', () => {
    expect(parseConfig({})).toMatchObject({
      host: '127.0.0.1',
      port: 4114,
      storage: { provider: 'sqlite', file: './data/kinostat.sqlite' },
      timezone: 'UTC',
      writer: { batchSize: 25, flushIntervalMs: 500, queueCap: 1_000, overflowPolicy: 'DROP_OLDEST' },
      ingest: { payloadCapBytes: 256 },
      sessionIdleMs: 30 * 60_000,
      retention: {
        events: 7,
        telemetry: 30,
        slices: 1_825,
        daily: 365,
        monthly: 1_825,
        deadLetters: 14,
        jobRuns: 90,
      },
      jobs: { pruneIntervalMs: 24 * 3_600_000, vacuumIntervalMs: 7 * 24 * 3_600_000 },
      media: { roots: [] },
      access: { isOpen: false, allowedHosts: [], corsOrigins: [], maxBodyBytes: 1_048_576 },
      isDevelopment: false,
    } satisfies DeepPartial<Config>);
  });

  it('hold for empty and blank text too', () => {
    const blank = Object.fromEntries(
      Object.values(SETTINGS).map(({ env }, i) => [env, i % 2 === 0 ? '' : '  ']),
    );
    expect(parseConfig(blank)).toEqual(parseConfig({}));
  });

  it('are inside their own bounds, and leave nothing undefined', () => {
    for (const setting of Object.values(SETTINGS) as Setting[]) {
      if (setting.type === 'integer') {
        expect(setting.default, setting.env).toBeGreaterThanOrEqual(setting.min);
        expect(setting.default, setting.env).toBeLessThanOrEqual(setting.max);
      }
      if (setting.type === 'choice') expect(setting.choices).toContain(setting.default);
    }
    expect(leaves(parseConfig({}))).not.toContain(undefined);
  });

  it('have one name each', () => {
    const names = [...Object.values(SETTINGS), ...Object.values(RETENTION_SETTINGS)].map(({ env }) => env);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^KINOSTAT_[A-Z_]+$/.test(name))).toEqual([]);
  });
});

const POSTGRES = { KINOSTAT_STORAGE: 'postgres', KINOSTAT_DATABASE_URL: 'postgresql://localhost/k' };

describe('integers', () => {
  const integers = [...Object.values(SETTINGS), ...Object.values(RETENTION_SETTINGS)].filter(
    (setting) => setting.type === 'integer',
  );

  it.each(integers)('$env takes its bounds and refuses what is one beyond', ({ env, min, max }) => {
    const problem = `${env} must be an integer from ${min} to ${max}`;
    expect(problemsOf({ [env]: String(min - 1) })).toContain(problem);
    expect(problemsOf({ [env]: String(max + 1) })).toContain(problem);
    expect(problemsOf({ [env]: String(min) })).not.toContain(problem);
    expect(problemsOf({ [env]: String(max) })).not.toContain(problem);
  });

  it.each(integers)('$env reaches the configuration', ({ env, min, default: fallback }) => {
    const value = fallback === min + 1 ? min + 2 : min + 1;
    // A small queue cap must still hold a batch.
    const base = {
      KINOSTAT_BATCH_SIZE: '1',
      ...(env.startsWith('KINOSTAT_DATABASE_') && POSTGRES),
    };
    const config = parseConfig({ ...base, [env]: String(value) });
    expect(leaves(config)).toContain(value);
    expect(leaves(config)).not.toEqual(leaves(parseConfig(base)));
  });

  it.each(['1e3', '0x10', '1.5', 'ten', '--5', '+5', 'NaN', 'Infinity', '١٢', '1_000'])(
    'written as %j are refused',
    (text) => {
      expect(problemsOf({ KINOSTAT_PORT: text })).toEqual([
        'KINOSTAT_PORT must be an integer from 0 to 65535',
      ]);
    },
  );

  it('may have space around them', () => {
    expect(parseConfig({ KINOSTAT_PORT: ' 8080 ' }).port).toBe(8_080);
  });
});

describe('other kinds', () => {
  it.each([
    ['true', true],
    ['1', true],
    ['false', false],
    ['0', false],
  ])('a switch written as %s is %s', (text, isOn) => {
    expect(parseConfig({ KINOSTAT_DEVELOPMENT: text }).isDevelopment).toBe(isOn);
  });

  it.each(['yes', 'TRUE', 'on', '2'])('a switch written as %s is refused, not taken for off', (text) => {
    expect(problemsOf({ KINOSTAT_ALLOW_OPEN: text })).toEqual(['KINOSTAT_ALLOW_OPEN must be true or false']);
  });

  it('a choice names what it may be', () => {
    expect(problemsOf({ KINOSTAT_OVERFLOW_POLICY: 'drop_oldest' })).toEqual([
      'KINOSTAT_OVERFLOW_POLICY must be one of DROP_OLDEST, DROP_NEWEST, BACKPRESSURE',
    ]);
  });

  it('a list is split at commas and trimmed', () => {
    expect(parseConfig({ KINOSTAT_MEDIA_ROOTS: ' /a , /b c ,,' }).media.roots).toEqual(['/a', '/b c']);
    expect(parseConfig({ KINOSTAT_ALLOWED_HOSTS: 'kino.lan' }).access.allowedHosts).toEqual(['kino.lan']);
  });
});

describe('problems', () => {
  it('are all told at once, one line each', () => {
    const problems = problemsOf({
      KINOSTAT_PORT: '99999',
      KINOSTAT_STORAGE: 'mysql',
      KINOSTAT_TIMEZONE: 'Mars/Olympus',
      KINOSTAT_BATCH_SIZE: '0',
      KINOSTAT_ALLOW_OPEN: 'maybe',
      KINOSTAT_RETENTION_EVENTS_DAYS: '-1',
      KINOSTAT_CORS_ORIGINS: 'example.org',
      KINOSTAT_MEDIA_ROOTS: 'videos',
      KINOSTAT_PROT: '80',
    });
    const names = problems.map((problem) => /^KINOSTAT_[A-Z_]+/.exec(problem)?.[0]);
    expect(names.toSorted()).toEqual([
      'KINOSTAT_ALLOW_OPEN',
      'KINOSTAT_BATCH_SIZE',
      'KINOSTAT_CORS_ORIGINS',
      'KINOSTAT_MEDIA_ROOTS',
      'KINOSTAT_PORT',
      'KINOSTAT_PROT',
      'KINOSTAT_RETENTION_EVENTS_DAYS',
      'KINOSTAT_STORAGE',
      'KINOSTAT_TIMEZONE',
    ]);
    expect(problems.every((problem) => !problem.includes('\n'))).toBe(true);
    const error = new ConfigError(problems);
    expect(error).toBeInstanceOf(StartupError);
    expect(error.message.split('\n')).toHaveLength(1 + problems.length);
  });

  it('refuse a misspelt name, and let foreign names and those of test tools be', () => {
    expect(problemsOf({ KINOSTAT_RETENTION_EVENT_DAYS: '7' })).toEqual([
      'KINOSTAT_RETENTION_EVENT_DAYS is not a setting: see docs/configuration.md',
    ]);
    expect(
      problemsOf({
        PATH: '/bin',
        KINOSTA_PORT: 'x',
        KINOSTAT_TEST_POSTGRES_URL: 'x',
        KINOSTAT_BENCH_ROWS: '1',
      }),
    ).toEqual([]);
  });

  it('never print a secret', () => {
    const problems = problemsOf({
      KINOSTAT_STORAGE: 'postgres',
      KINOSTAT_DATABASE_URL: 'postgres://u:hunter2@db/k',
      KINOSTAT_PORT: 'x',
    });
    expect(problems.join()).not.toContain('hunter2');
  });
});

type DeepPartial<T> = { readonly [K in keyof T]?: T[K] extends object ? DeepPartial<T[K]> : T[K] };
