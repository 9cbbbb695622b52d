import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/config.js';
import { RETENTION_PRESETS, RETENTION_TABLES } from '../../src/domain/retention.js';
import { problemsOf } from './problems.js';

describe('retention', () => {
  it.each(['default', 'minimal', 'keep-all'] as const)('takes the preset %s', (preset) => {
    expect(parseConfig({ KINOSTAT_RETENTION: preset }).retention).toEqual(RETENTION_PRESETS[preset]);
  });

  it('keeps everything for ever with keep-all', () => {
    expect(new Set<number>(Object.values(RETENTION_PRESETS['keep-all']))).toEqual(new Set([0]));
  });

  it.each([
    ['events', 'KINOSTAT_RETENTION_EVENTS_DAYS'],
    ['telemetry', 'KINOSTAT_RETENTION_TELEMETRY_DAYS'],
    ['slices', 'KINOSTAT_RETENTION_SLICES_DAYS'],
    ['daily', 'KINOSTAT_RETENTION_DAILY_DAYS'],
    ['monthly', 'KINOSTAT_RETENTION_MONTHLY_DAYS'],
    ['deadLetters', 'KINOSTAT_RETENTION_DEAD_LETTERS_DAYS'],
    ['jobRuns', 'KINOSTAT_RETENTION_JOB_RUNS_DAYS'],
    ['extractions', 'KINOSTAT_RETENTION_EXTRACTIONS_DAYS'],
    ['playbacks', 'KINOSTAT_RETENTION_PLAYBACKS_DAYS'],
    ['cacheSlices', 'KINOSTAT_RETENTION_CACHE_SLICES_DAYS'],
  ] as const)('overrides %s alone by %s, on top of a preset', (table, env) => {
    const { retention } = parseConfig({ KINOSTAT_RETENTION: 'minimal', [env]: '11' });
    expect(retention).toEqual({ ...RETENTION_PRESETS.minimal, [table]: 11 });
    expect(Object.keys(retention)).toEqual([...RETENTION_TABLES]);
  });
});

describe('rules between settings', () => {
  it.each(['', 'localhost:5432/k', 'mysql://localhost/k'])(
    'PostgreSQL needs a URL of its own kind, and "%s" is none',
    (url) => {
      expect(problemsOf({ KINOSTAT_STORAGE: 'postgres', KINOSTAT_DATABASE_URL: url })).toEqual([
        'KINOSTAT_DATABASE_URL must be a URL like postgresql://user:password@host/name when KINOSTAT_STORAGE is postgres',
      ]);
    },
  );

  it('a batch must fit into the queue', () => {
    expect(problemsOf({ KINOSTAT_BATCH_SIZE: '51', KINOSTAT_QUEUE_CAP: '50' })).toEqual([
      'KINOSTAT_BATCH_SIZE must not be above KINOSTAT_QUEUE_CAP (50)',
    ]);
    expect(problemsOf({ KINOSTAT_BATCH_SIZE: '50', KINOSTAT_QUEUE_CAP: '50' })).toEqual([]);
  });

  it.each([
    'https://example.org/',
    'https://example.org/path',
    'example.org',
    '*',
    'null',
    'https://EXAMPLE.org',
  ])('%s is not an origin', (origin) => {
    expect(problemsOf({ KINOSTAT_CORS_ORIGINS: origin })).toHaveLength(1);
  });

  it('origins with a port are origins', () => {
    expect(
      problemsOf({ KINOSTAT_CORS_ORIGINS: 'https://example.org,http://localhost:5173,http://[::1]:80800' }),
    ).toHaveLength(1);
    expect(problemsOf({ KINOSTAT_CORS_ORIGINS: 'https://example.org,http://localhost:5173' })).toEqual([]);
  });

  it('media roots are absolute, on Windows too', () => {
    expect(problemsOf({ KINOSTAT_MEDIA_ROOTS: '/videos,C:\\Videos,d:/videos' })).toEqual([]);
    expect(problemsOf({ KINOSTAT_MEDIA_ROOTS: './videos,~/videos' })).toHaveLength(2);
  });
});
