import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { VideoFields } from '../../src/domain/immersion/types.js';
import type { CommandSink, WriteCommand } from '../../src/domain/write-command.js';
import { MediaProbe, type MediaProbeOptions } from '../../src/media/probe.js';
import { createMetrics, type Metrics } from '../../src/observability/metrics.js';
import { videoFields } from '../support/commands.js';
import { FakeClock } from '../support/fake-clock.js';
import { until } from '../support/until.js';

let folder: string;
let root: string;
let described: VideoFields[];
let logLines: string[];
let metrics: Metrics;

beforeEach(async () => {
  // The real path: on some systems the temporary folder is itself a link.
  folder = await realpath(await mkdtemp(join(tmpdir(), 'kinostat-test-')));
  root = join(folder, 'videos');
  await mkdir(root);
  described = [];
  logLines = [];
  metrics = createMetrics();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const sink: CommandSink = {
  enqueue(commands: readonly WriteCommand[]) {
    for (const command of commands) if (command.kind === 'describeVideo') described.push(command.video);
    return { isAccepted: true, accepted: commands.length, dropped: 0, displaced: 0, committed: null };
  },
  status: () => ({ depth: 0, cap: 1_000 }),
};

const newProbe = (options: Partial<MediaProbeOptions> = {}): MediaProbe =>
  new MediaProbe({
    roots: [root],
    ffprobe: join(folder, 'ffprobe'),
    sink,
    clock: new FakeClock(),
    logger: pino({ level: 'warn' }, { write: (line: string) => void logLines.push(line) }),
    metrics,
    ...options,
  });

/** A program in the place of ffprobe. Each run leaves its last argument in `runs`. */
async function writeFfprobe(body: string): Promise<void> {
  const file = join(folder, 'ffprobe');
  const note = `require('node:fs').appendFileSync(${JSON.stringify(join(folder, 'runs'))}, process.argv.at(-1) + '\\n');`;
  await writeFile(file, `#!/usr/bin/env node\n${note}\n${body}\n`);
  await chmod(file, 0o755);
}
const ANSWER = {
  streams: [{ codec_type: 'video', codec_name: 'h264', width: 1280 }],
  format: { duration: '61.5' },
};
const answering = `process.stdout.write(${JSON.stringify(JSON.stringify(ANSWER))});`;

async function runs(): Promise<string[]> {
  const text = await readFile(join(folder, 'runs'), 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}

async function writeVideo(
  path: string,
  content = `content of ${path}`,
): Promise<{ path: string; sha256: string }> {
  await writeFile(path, content);
  return { path, sha256: createHash('sha256').update(content).digest('hex') };
}

const offer = (probe: MediaProbe, sourcePath: string | null, fields: Partial<VideoFields> = {}): void =>
  probe.offer(videoFields(`local:${sourcePath ?? ''}`, { sourcePath, ...fields }));

/** Offers paths and waits until nothing is under way. */
async function offered(probe: MediaProbe, ...paths: readonly string[]): Promise<void> {
  for (const path of paths) offer(probe, path);
  await probe.drain();
}

async function results(): Promise<Record<string, number>> {
  const { values } = await metrics.probes.get();
  return Object.fromEntries(values.map(({ labels, value }) => [String(labels.result), value]));
}

describe('a file under a root', () => {
  it('is described by what ffprobe says, its size and its SHA-256', async () => {
    await writeFfprobe(answering);
    const video = await writeVideo(join(root, '字幕 & "quotes" $(rm).mkv'), 'x'.repeat(200_000));
    const probe = newProbe();
    offer(probe, video.path, { title: 'Kept' });
    await probe.drain();
    expect(described).toMatchObject([
      {
        videoKey: `local:${video.path}`,
        title: 'Kept',
        codec: 'h264',
        widthPx: 1_280,
        heightPx: null,
        durationMs: 61_500,
        fileSizeBytes: 200_000,
        hashSha256: video.sha256,
      },
    ]);
    expect(await runs()).toEqual([video.path]);
    expect(await results()).toEqual({ described: 1 });
  });

  it('is probed once, however often its session starts', async () => {
    await writeFfprobe(answering);
    const { path } = await writeVideo(join(root, 'a.mkv'));
    const probe = newProbe();
    for (let i = 0; i < 5; i += 1) offer(probe, path);
    await probe.drain();
    await offered(probe, path);
    expect(await runs()).toEqual([path]);
    expect(described).toHaveLength(1);
  });

  it('that was not there is looked for again at the next start', async () => {
    await writeFfprobe(answering);
    const probe = newProbe();
    await offered(probe, join(root, 'late.mkv'));
    expect([described, await results()]).toEqual([[], { missing: 1 }]);
    await writeVideo(join(root, 'late.mkv'));
    await offered(probe, join(root, 'late.mkv'));
    expect(described).toHaveLength(1);
  });

  it('may be a link to a file that also lies under a root', async () => {
    await writeFfprobe(answering);
    const { path, sha256 } = await writeVideo(join(root, 'real.mkv'));
    await symlink(path, join(root, 'link.mkv'));
    const probe = newProbe();
    await offered(probe, join(root, 'link.mkv'));
    expect(described.map(({ hashSha256 }) => hashSha256)).toEqual([sha256]);
  });
});

describe('nothing is read', () => {
  it('when no roots are set', async () => {
    await writeFfprobe(answering);
    const { path } = await writeVideo(join(root, 'a.mkv'));
    const probe = newProbe({ roots: [] });
    offer(probe, path);
    offer(probe, null);
    await probe.drain();
    expect([described, await runs(), await results()]).toEqual([[], [], {}]);
  });

  it.each([
    ['outside the roots', () => join(folder, 'secret.mkv')],
    ['beside a root of the same beginning', () => join(folder, 'videos-private', 'secret.mkv')],
    ['reached over ..', () => `${root}/../secret.mkv`],
    ['behind a link that leaves the roots', () => join(root, 'link.mkv')],
    ['behind a linked folder that leaves the roots', () => join(root, 'linked', 'secret.mkv')],
    ['that is a folder', () => join(root, 'folder.mkv')],
    ['that is the root itself', () => root],
  ])('%s', async (_what, pathOf) => {
    await writeFfprobe(answering);
    await mkdir(join(folder, 'videos-private'));
    await mkdir(join(root, 'folder.mkv'));
    await writeVideo(join(folder, 'secret.mkv'));
    await writeVideo(join(folder, 'videos-private', 'secret.mkv'));
    await symlink(join(folder, 'secret.mkv'), join(root, 'link.mkv'));
    await symlink(folder, join(root, 'linked'));
    const probe = newProbe();
    await offered(probe, pathOf());
    expect([described, await runs()]).toEqual([[], []]);
    expect(await results()).toEqual({ refused: 1 });
  });

  it('after the server began to stop', async () => {
    await writeFfprobe(answering);
    const { path } = await writeVideo(join(root, 'a.mkv'));
    const probe = newProbe();
    await probe.close();
    await offered(probe, path);
    expect(await runs()).toEqual([]);
  });
});

describe('an ffprobe that does not help', () => {
  it.each([
    ['is missing', null],
    ['fails', 'process.exit(1)'],
    ['talks nonsense', 'process.stdout.write("<html>")'],
  ])('because it %s leaves size and hash, and one warning for many files', async (_what, body) => {
    if (body !== null) await writeFfprobe(body);
    const files = await Promise.all(['a', 'b', 'c'].map((name) => writeVideo(join(root, `${name}.mkv`))));
    const probe = newProbe();
    await offered(probe, ...files.map(({ path }) => path));
    expect(described.map(({ hashSha256 }) => hashSha256).toSorted()).toEqual(
      files.map(({ sha256 }) => sha256).toSorted(),
    );
    expect(
      described.every(
        ({ codec, durationMs, fileSizeBytes }) => codec === null && durationMs === null && fileSizeBytes! > 0,
      ),
    ).toBe(true);
    expect(logLines).toHaveLength(1);
    expect(logLines[0]).toContain('stay unknown');
  });

  it('is ended when the server stops, and nothing is described half', async () => {
    await writeFfprobe('setInterval(() => undefined, 1000);');
    const { path } = await writeVideo(join(root, 'a.mkv'));
    const probe = newProbe();
    offer(probe, path);
    await until(async () => (await runs()).length > 0);
    await probe.close();
    expect(described).toEqual([]);
  });
});

describe('bounds', () => {
  it('at most two files are read at once', async () => {
    const gauge = JSON.stringify(join(folder, 'gauge'));
    await writeFfprobe(`
      const fs = require('node:fs');
      fs.mkdirSync(${gauge}, { recursive: true });
      const own = ${gauge} + '/' + process.pid;
      fs.writeFileSync(own, '');
      fs.appendFileSync(${gauge} + '.log', fs.readdirSync(${gauge}).length + '\\n');
      fs.rmSync(own);
      ${answering}`);
    const files = await Promise.all(
      ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => writeVideo(join(root, `${name}.mkv`))),
    );
    const probe = newProbe();
    await offered(probe, ...files.map(({ path }) => path));
    const together = (await readFile(join(folder, 'gauge.log'), 'utf8')).trim().split('\n').map(Number);
    expect(together).toHaveLength(6);
    expect(Math.max(...together)).toBeLessThanOrEqual(2);
  });

  it('at most a thousand wait; what is skipped is asked for again by a later start', async () => {
    const probe = newProbe();
    for (let i = 0; i < 1_200; i += 1) offer(probe, join(root, `${i}.mkv`));
    await probe.drain();
    // Two at work, a thousand waiting.
    expect(await results()).toEqual({ missing: 1_002 });
    await offered(probe, join(root, '1199.mkv'));
    expect(await results()).toEqual({ missing: 1_003 });
  });
});
