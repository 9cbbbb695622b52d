import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findFreePort, KinostatServer } from './kinostat-server.js';
import { createTestVideo, MpvPlayer } from './mpv-player.js';
import { RunTranscript } from './run-transcript.js';
import { closestStartMs, countSeen, countWords, parseSrt } from './subtitle-expectation.js';
import type { Cue, Stretch } from './subtitle-expectation.js';

const PAUSE_MS = 1500;
/** Two frames and the way through the socket. */
const GUESS_MARGIN_MS = 120;

const COUNTERS = [
  'totalWatchedMs',
  'activeWatchedMs',
  'linesSeen',
  'wordsSeen',
  'tokensSeen',
  'pauseCount',
  'pauseMs',
  'seekForwardCount',
  'seekBackwardCount',
  'mediaBufferEvents',
] as const;
type Counter = (typeof COUNTERS)[number];
type Counters = Readonly<Record<Counter, number>>;

interface SessionEvent {
  readonly type: string;
  readonly clientSeq: number;
  readonly lineIndex: number | null;
  readonly segmentStartMs: number | null;
  readonly segmentEndMs: number | null;
  readonly wordsDelta: number | null;
  readonly payload: unknown;
}

interface Session {
  readonly sessionUuid: string;
  readonly status: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly targetLanguage: string | null;
  readonly locale: string | null;
  readonly subtitleMode: string | null;
  readonly isComplete: boolean;
  readonly video: {
    readonly videoKey: string;
    readonly title: string;
    readonly sourceType: string;
    readonly durationMs: number;
    readonly widthPx: number;
    readonly heightPx: number;
    readonly codec: string;
    readonly audioCodec: string;
    readonly fps: number;
  };
  readonly totals: Counters;
  readonly timeline: readonly (Counters & { readonly sampleMs: number })[];
  readonly events: { readonly edges: readonly { readonly node: SessionEvent }[] };
}

const SESSION_QUERY = `query Session($sessionUuid: UUID!) {
  session(sessionUuid: $sessionUuid) {
    sessionUuid status startedAt endedAt targetLanguage locale subtitleMode isComplete
    video { videoKey title sourceType durationMs widthPx heightPx codec audioCodec fps }
    totals { ${COUNTERS.join(' ')} }
    timeline(maxPoints: 300) { sampleMs ${COUNTERS.join(' ')} }
    events(first: 200) {
      edges { node { type clientSeq lineIndex segmentStartMs segmentEndMs wordsDelta payload } }
    }
  }
}`;

const SESSIONS_QUERY = `query Sessions { sessions(first: 50) { totalCount edges { node { sessionUuid } } } }`;

const OVERVIEW_QUERY = `query Overview($range: TimeRangeInput!) {
  overview(range: $range) { totals { sessions ${COUNTERS.join(' ')} } }
}`;

/** What happened on screen, and how long it took. */
interface Scene {
  readonly sessionUuid: string;
  readonly cues: readonly Cue[];
  readonly path: readonly Stretch[];
  readonly seeks: readonly { readonly type: string; readonly fromMs: number; readonly toMs: number }[];
  readonly pausedMs: number;
  readonly elapsedMs: number;
}

let directory = '';
let videoFile = '';
let transcript: RunTranscript;
const players: MpvPlayer[] = [];
const servers: KinostatServer[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kinostat-e2e-'));
  videoFile = join(directory, 'test-picture.mp4');
  transcript = new RunTranscript(directory);
  await createTestVideo(videoFile);
});

afterEach(async () => {
  for (const player of players.splice(0)) await player.kill();
  for (const server of servers.splice(0)) await server.stop();
});

afterAll(async () => {
  transcript.write();
  await rm(directory, { recursive: true, force: true });
});

function subtitleFile(language: string): string {
  return fileURLToPath(new URL(`fixtures/dialogue.${language}.srt`, import.meta.url));
}

async function startServer(name: string, port = 0): Promise<KinostatServer> {
  const server = await KinostatServer.start({ sqliteFile: join(directory, `${name}.sqlite`), port });
  servers.push(server);
  transcript.action('server listens');
  return server;
}

async function startPlayer(name: string, language: string, port: number): Promise<MpvPlayer> {
  const player = await MpvPlayer.start({
    videoFile,
    subtitleFile: subtitleFile(language),
    socketFile: join(directory, `${name}.socket`),
    scriptOptions: {
      server: `http://127.0.0.1:${port}`,
      sample_interval: '1',
      flush_interval: '1',
      locale: 'de-DE',
      spool_path: join(directory, `${name}-spool.jsonl`),
    },
  });
  players.push(player);
  transcript.action(`mpv plays ${basename(videoFile)} with dialogue.${language}.srt`);
  return player;
}

/** Things that happen beside the player, at fixed points of the scene. */
interface Interludes {
  readonly afterSeekForward?: () => Promise<void>;
  readonly whilePaused?: () => Promise<void>;
}

async function playScene(player: MpvPlayer, language: string, interludes: Interludes = {}): Promise<Scene> {
  const startedMs = performance.now();
  await player.playUntil(6300);
  const forward = await player.seekTo(12_500); // into a line that was never on screen: it counts
  transcript.action(`seek forward, ${forward.fromMs} ms to ${forward.toMs} ms`);
  await interludes.afterSeekForward?.();
  await player.playUntil(16_200);
  const backward = await player.seekTo(3100); // into a line that was counted: it does not count again
  transcript.action(`seek back, ${backward.fromMs} ms to ${backward.toMs} ms`);
  await player.playUntil(7300);
  await player.setPaused(true);
  const pauseStartedMs = performance.now();
  transcript.action(`pause at ${await player.positionMs()} ms`);
  await interludes.whilePaused?.();
  await delay(Math.max(0, PAUSE_MS - (performance.now() - pauseStartedMs)));
  await player.setPaused(false);
  const pausedMs = performance.now() - pauseStartedMs;
  transcript.action(`resume after ${Math.round(pausedMs)} ms`);
  const endMs = await player.playUntil(9000);
  const quitMs = await player.quit();
  transcript.action(`quit at ${endMs} ms, mpv was gone ${Math.round(quitMs)} ms later`);
  const path = [
    { fromMs: 0, toMs: forward.fromMs },
    { fromMs: forward.toMs, toMs: backward.fromMs },
    { fromMs: backward.toMs, toMs: endMs },
  ];
  const cues = parseSrt(subtitleFile(language));
  expect(closestStartMs(cues, path), 'the machine is too slow for exact counts').toBeGreaterThan(
    GUESS_MARGIN_MS,
  );
  expect(quitMs, 'leaving mpv takes too long').toBeLessThan(5000);
  const [sessionUuid] = player.sessionUuids();
  if (sessionUuid === undefined) throw new Error(`no session: ${player.output}`);
  return {
    sessionUuid,
    cues,
    path,
    seeks: [
      { type: 'SEEK_FORWARD', ...forward },
      { type: 'SEEK_BACKWARD', ...backward },
    ],
    pausedMs,
    elapsedMs: performance.now() - startedMs,
  };
}

async function listSessionUuids(server: KinostatServer): Promise<string[]> {
  const { sessions } = await server.query<{
    sessions: { totalCount: number; edges: { node: { sessionUuid: string } }[] };
  }>(SESSIONS_QUERY);
  expect(sessions.totalCount).toBe(sessions.edges.length);
  return sessions.edges.map((edge) => edge.node.sessionUuid);
}

async function getSession(server: KinostatServer, sessionUuid: string): Promise<Session> {
  const { session } = await server.query<{ session: Session | null }>(SESSION_QUERY, { sessionUuid });
  if (session === null) throw new Error(`the server does not know session ${sessionUuid}`);
  return session;
}

/** Events without what depends on the moment: the exact end of a seek is the player's word against ours. */
function expectEvents(session: Session, scene: Scene): void {
  const events = session.events.edges.map((edge) => edge.node).sort((a, b) => a.clientSeq - b.clientSeq);
  expect(events.map((event) => event.clientSeq)).toEqual(events.map((_, index) => index + 1));

  const lines = events.filter((event) => event.type === 'SUBTITLE_LINE');
  const { cues } = countSeen(scene.cues, scene.path);
  expect(lines.map((line) => line.payload)).toEqual(
    cues.map((cue) => ({ text: cue.text, words: countWords(cue.text) })),
  );
  expect(lines.map((line) => line.wordsDelta)).toEqual(cues.map((cue) => countWords(cue.text)));
  expect(lines.map((line) => line.lineIndex)).toEqual(cues.map((_, index) => index));
  for (const [index, line] of lines.entries()) {
    // A line that begins while another is shown is known to the frame only.
    expect(Math.abs(line.segmentStartMs! - cues[index]!.startMs)).toBeLessThan(100);
    expect(line.segmentEndMs!).toBeGreaterThanOrEqual(cues[index]!.endMs);
  }

  const seeks = events.filter((event) => event.type.startsWith('SEEK_'));
  expect(seeks.map((event) => event.type)).toEqual(scene.seeks.map((seek) => seek.type));
  for (const [index, event] of seeks.entries()) {
    const { fromMs, toMs } = event.payload as { fromMs: number; toMs: number };
    expect(Math.abs(fromMs - scene.seeks[index]!.fromMs)).toBeLessThanOrEqual(GUESS_MARGIN_MS);
    expect(Math.abs(toMs - scene.seeks[index]!.toMs)).toBeLessThanOrEqual(GUESS_MARGIN_MS);
  }
  const pauses = events.filter((event) => event.type.startsWith('PAUSE_'));
  expect(pauses.map((event) => event.type)).toEqual(['PAUSE_START', 'PAUSE_END']);
  expect(events.length).toBe(lines.length + seeks.length + pauses.length);
}

function expectTimes(session: Session, scene: Scene): void {
  const { totals } = session;
  const playedMs = scene.path.reduce((sum, stretch) => sum + stretch.toMs - stretch.fromMs, 0);
  expect(Math.abs(totals.activeWatchedMs - playedMs)).toBeLessThan(700);
  expect(Math.abs(totals.pauseMs - scene.pausedMs)).toBeLessThan(200);
  expect(totals.totalWatchedMs).toBeGreaterThanOrEqual(totals.activeWatchedMs + totals.pauseMs - 1);
  expect(totals.totalWatchedMs).toBeLessThan(scene.elapsedMs + 1000);
  const spanMs = Date.parse(session.endedAt) - Date.parse(session.startedAt);
  expect(Math.abs(spanMs - totals.totalWatchedMs)).toBeLessThan(1100); // the client's clock settles in a second
}

function expectTimeline(session: Session): void {
  const { timeline } = session;
  expect(timeline.length).toBeGreaterThan(5);
  for (const [index, point] of timeline.entries()) {
    expect(point.activeWatchedMs).toBeLessThanOrEqual(point.totalWatchedMs);
    if (index === 0) continue;
    for (const counter of COUNTERS)
      expect(point[counter]).toBeGreaterThanOrEqual(timeline[index - 1]![counter]);
  }
  const last = timeline.at(-1)!;
  expect(Object.fromEntries(COUNTERS.map((counter) => [counter, last[counter]]))).toEqual(session.totals);
}

async function expectScene(server: KinostatServer, scene: Scene, language: string): Promise<void> {
  const session = await getSession(server, scene.sessionUuid);
  const seen = countSeen(scene.cues, scene.path);
  const exact: Partial<Counters> = {
    linesSeen: seen.linesSeen,
    wordsSeen: seen.wordsSeen,
    tokensSeen: seen.tokensSeen,
    pauseCount: 1,
    seekForwardCount: 1,
    seekBackwardCount: 1,
    mediaBufferEvents: 0,
  };
  transcript.table(
    `Session ${scene.sessionUuid}`,
    ['counter', 'expected', 'server'],
    COUNTERS.map((counter) => [
      counter,
      String(exact[counter] ?? 'see bounds'),
      String(session.totals[counter]),
    ]),
  );
  transcript.table(
    'Events',
    ['seq', 'type', 'payload'],
    session.events.edges.map(({ node }) => [
      String(node.clientSeq),
      node.type,
      JSON.stringify(node.payload ?? null).replaceAll('|', '\\|'),
    ]),
  );

  expect(session.totals).toMatchObject(exact);
  expect(session).toMatchObject({
    status: 'ENDED',
    targetLanguage: language,
    locale: 'de-DE',
    subtitleMode: 'TARGET',
    isComplete: true,
    video: {
      videoKey: `local:${videoFile}`,
      title: basename(videoFile),
      sourceType: 'LOCAL',
      widthPx: 160,
      heightPx: 90,
      codec: 'mpeg4',
      audioCodec: 'aac',
      fps: 25,
    },
  });
  expect(Math.abs(session.video.durationMs - 30_000)).toBeLessThan(100);
  expectTimes(session, scene);
  expectEvents(session, scene);
  expectTimeline(session);
}

async function expectNothingLeft(name: string): Promise<void> {
  const left = (await readdir(directory)).filter((file) => file.startsWith(`${name}-spool`));
  expect(left).toEqual([]);
}

describe('mpv client', () => {
  it.each(['ja', 'en'])('counts what was seen, with subtitles in %s', async (language) => {
    transcript.heading(`Server at hand, subtitles in ${language}`);
    const name = `at-hand-${language}`;
    const server = await startServer(name);
    const player = await startPlayer(name, language, server.port);
    const scene = await playScene(player, language);
    transcript.block('The script says', player.output);

    expect(await listSessionUuids(server)).toEqual([scene.sessionUuid]);
    await expectScene(server, scene, language);
    const range = {
      from: new Date(Date.now() - 3_600_000).toISOString(),
      to: new Date(Date.now() + 3_600_000).toISOString(),
    };
    const { overview } = await server.query<{ overview: { totals: Counters & { sessions: number } } }>(
      OVERVIEW_QUERY,
      { range },
    );
    const session = await getSession(server, scene.sessionUuid);
    expect(overview.totals).toEqual({ sessions: 1, ...session.totals });
    await expectNothingLeft(name);
  });

  it('keeps everything while the server is away and delivers it in the next run', async () => {
    transcript.heading('Server away, delivered by the next run of mpv');
    const name = 'away';
    const port = await findFreePort();
    const player = await startPlayer(name, 'ja', port);
    const scene = await playScene(player, 'ja');
    transcript.block('The script says', player.output);
    transcript.action('nothing listened so far');

    const server = await startServer(name, port);
    const nextPlayer = await startPlayer(name, 'en', port);
    await nextPlayer.waitForOutput(/sent \d+ items/u, 10_000);
    await nextPlayer.playUntil(2000);
    await nextPlayer.quit();
    transcript.block('The script says in its second run', nextPlayer.output);

    const [nextUuid] = nextPlayer.sessionUuids();
    expect((await listSessionUuids(server)).sort()).toEqual([scene.sessionUuid, nextUuid].sort());
    await expectScene(server, scene, 'ja');
    await expectNothingLeft(name);
  });

  it('loses and repeats nothing when the server is killed and restarted while mpv plays', async () => {
    transcript.heading('Server killed and restarted in mid-play');
    const name = 'killed';
    const server = await startServer(name);
    const player = await startPlayer(name, 'en', server.port);
    let restarted = server;
    const scene = await playScene(player, 'en', {
      afterSeekForward: async () => {
        await server.kill();
        transcript.action('server killed');
      },
      whilePaused: async () => {
        restarted = await startServer(name, server.port);
      },
    });
    transcript.block('The script says', player.output);

    expect(player.output).toContain('server not reached');
    expect(await listSessionUuids(restarted)).toEqual([scene.sessionUuid]);
    await expectScene(restarted, scene, 'en');
    await expectNothingLeft(name);
  });
});
