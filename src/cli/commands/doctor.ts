import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { Command } from 'commander';
import { DuckdbFile } from '../../analytics/duckdb-file.js';
import type { Config } from '../../config/config.js';
import { messageOf } from '../../domain/errors.js';
import { packageVersion } from '../../app/package-info.js';
import { systemClock } from '../../app/clock.js';
import { readMigrationStatus } from '../../app/open-store.js';
import { formatBytes, print, withoutPassword } from '../output.js';
import { commandEvents, configFrom, withExistingStore } from '../session.js';

interface Check {
  readonly name: string;
  readonly isGood: boolean;
  readonly finding: string;
}

/** Below this the disk fills within days on a busy site, bytes. */
const LOW_DISK_BYTES = 1024 ** 3;

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('Show the effective configuration and check database, disk, versions and ffprobe')
    .option('--json', 'answer as JSON')
    .action(async (flags: { json?: boolean }) => {
      const config = configFrom({});
      const checks = [
        { name: 'node', isGood: true, finding: process.version },
        { name: 'kinostat', isGood: true, finding: packageVersion() },
        ...(await checkDatabase(config)),
        await checkDisk(config),
        ...(await checkAnalytics(config)),
        await checkFfprobe(config),
      ];
      const shown = hideSecrets(config);
      print(flags.json === true, { config: shown, checks }, [
        'Configuration (docs/configuration.md explains each):',
        ...JSON.stringify(shown, null, 2)
          .split('\n')
          .map((line) => `  ${line}`),
        'Checks:',
        ...checks.map(({ name, isGood, finding }) => `  ${isGood ? 'ok  ' : 'FAIL'} ${name}: ${finding}`),
      ]);
      if (checks.some(({ isGood }) => !isGood)) process.exitCode = 1;
    });
}

function hideSecrets(config: Config): Config {
  const { storage } = config;
  if (storage.provider === 'sqlite') return config;
  return { ...config, storage: { ...storage, url: withoutPassword(storage.url) } };
}

async function checkDatabase(config: Config): Promise<Check[]> {
  try {
    const { pending, state } = await readMigrationStatus(config, systemClock, commandEvents());
    if (pending.length > 0) {
      const found = state === 'empty' ? 'there is none yet' : 'it is of an older version';
      const finding = `${found}: kinostat migrate or serve applies ${pending.join(', ')}`;
      return [{ name: 'database', isGood: false, finding }];
    }
    return await withExistingStore(config, async ({ store }) => {
      const { databaseBytes, walBytes, freeBytes } = await store.maintenance.gauges();
      const deadLetters = await store.system.countDeadLetters(null);
      const zone = await store.maintenance.rollUpZone();
      const sizes = `${formatBytes(databaseBytes)}, log ${formatBytes(walBytes)}, free ${formatBytes(freeBytes)}`;
      return [
        { name: 'database', isGood: true, finding: `${store.description}, ${sizes}` },
        { name: 'dead letters', isGood: deadLetters === 0, finding: String(deadLetters) },
        { name: 'roll-up zone', isGood: zone === config.timezone, finding: zone ?? 'none' },
      ];
    });
  } catch (error) {
    return [{ name: 'database', isGood: false, finding: messageOf(error) }];
  }
}

async function checkDisk({ storage }: Config): Promise<Check> {
  const folder = storage.provider === 'sqlite' ? dirname(storage.file) : '.';
  try {
    const { bavail, bsize } = await statfs(folder);
    const freeBytes = bavail * bsize;
    return { name: 'disk', isGood: freeBytes > LOW_DISK_BYTES, finding: `${formatBytes(freeBytes)} free` };
  } catch (error) {
    return { name: 'disk', isGood: false, finding: messageOf(error) };
  }
}

/** A file that a running server holds is as it should be. */
async function checkAnalytics({ analytics }: Config): Promise<Check[]> {
  if (analytics.engine === 'store') return [];
  const { file, memoryMb, threads } = analytics;
  try {
    if (!existsSync(file)) await DuckdbFile.checkPackage();
    else await (await DuckdbFile.open({ file, memoryBytes: memoryMb * 1_048_576, threads })).close();
    const finding = existsSync(file) ? `${file} can be used` : `${file} is made with the first sync`;
    return [{ name: 'analytics', isGood: true, finding }];
  } catch (error) {
    const finding = messageOf(error).split('\n', 1)[0] ?? '';
    return /lock/i.test(finding)
      ? [{ name: 'analytics', isGood: true, finding: `${file} is open in another process` }]
      : [{ name: 'analytics', isGood: false, finding: `the store answers: ${finding}` }];
  }
}

async function checkFfprobe({ media }: Config): Promise<Check> {
  const isNeeded = media.roots.length > 0;
  try {
    const { stdout } = await promisify(execFile)(media.ffprobe, ['-version'], { timeout: 5_000 });
    return { name: 'ffprobe', isGood: true, finding: stdout.split('\n', 1)[0] ?? '' };
  } catch {
    return {
      name: 'ffprobe',
      isGood: !isNeeded,
      finding: isNeeded ? 'cannot be run' : 'not found, and not needed',
    };
  }
}
