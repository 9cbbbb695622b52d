import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Installation } from './kinostat-process.js';

let kinostat: Installation;
beforeEach(async () => {
  kinostat = await Installation.create();
});
afterEach(() => kinostat[Symbol.asyncDispose]());

describe('a database that is not there', () => {
  it.each([
    ['prune'],
    ['rollup'],
    ['vacuum'],
    ['backup', 'copy.sqlite'],
    ['token', 'list'],
    ['token', 'revoke', '1'],
  ])('is not made by %s %s', async (...args) => {
    const { code, stdout, stderr } = await kinostat.run(args.filter((arg) => typeof arg === 'string'));
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^kinostat: There is no database at [^\n]+kinostat serve[^\n]+\n$/);
    expect(existsSync(dirname(kinostat.file))).toBe(false);
  });
});

describe('doctor', () => {
  it('changes nothing: that there is no database is a finding', async () => {
    const missing = await kinostat.run(['doctor']);
    expect(missing.stdout).toMatch(
      /FAIL database: there is none yet: kinostat migrate or serve applies 0000/,
    );
    expect([missing.code, existsSync(dirname(kinostat.file))]).toEqual([1, false]);
  });

  it('shows the effective configuration and every check as JSON', async () => {
    await kinostat.run(['migrate']);
    const settings = { KINOSTAT_QUEUE_CAP: '777', KINOSTAT_RETENTION: 'minimal' };
    const { code, stdout } = await kinostat.run(['doctor', '--json'], settings);
    const { config, checks } = JSON.parse(stdout) as {
      config: { writer: { queueCap: number }; retention: { events: number } };
      checks: { name: string; isGood: boolean; finding: string }[];
    };
    expect([config.writer.queueCap, config.retention.events]).toEqual([777, 1]);
    expect(checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['node', 'kinostat', 'database', 'disk', 'ffprobe']),
    );
    expect(checks.find(({ name }) => name === 'database')).toMatchObject({
      isGood: true,
      finding: expect.stringContaining('sqlite 3.') as string,
    });
    expect(code).toBe(checks.every(({ isGood }) => isGood) ? 0 : 1);
  });

  it('looks at the analytics copy where there is to be one', async () => {
    await kinostat.run(['migrate']);
    const file = join(kinostat.folder, 'copy.duckdb');
    const settings = { KINOSTAT_ANALYTICS: 'duckdb', KINOSTAT_ANALYTICS_FILE: file };
    const fresh = await kinostat.run(['doctor'], settings);
    expect(fresh.stdout).toContain(`ok   analytics: ${file} is made with the first sync`);
    await kinostat.run(['analytics', 'rebuild'], settings);
    expect((await kinostat.run(['doctor'], settings)).stdout).toContain(
      `ok   analytics: ${file} can be used`,
    );
    await writeFile(file, 'something else. '.repeat(1_000));
    const broken = await kinostat.run(['doctor'], settings);
    expect(broken.stdout).toContain('FAIL analytics: the store answers: ');
    expect(broken.code).toBe(1);
  });

  it('exits 1 and names the check that fails', async () => {
    await writeFile(join(kinostat.folder, 'data'), '');
    const { code, stdout } = await kinostat.run(['doctor']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/FAIL database: The database .* a part of its path is not a folder/);
  });
});
