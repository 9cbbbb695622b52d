import { SESSION_UNKNOWN } from '../../domain/dead-letter.js';
import type { PlaybackCommand } from '../../domain/playback/commands.js';
import { PlaybackStatus } from '../../domain/playback/enums.js';
import {
  isBeyond,
  isOver,
  PLAYBACK_ENDED,
  POSITION_BEYOND_DURATION,
  VIDEO_UNKNOWN,
  type PlaybackState,
} from '../../domain/playback/rules.js';
import { sliceOf } from '../../domain/time.js';
import { isPlaybackCommand, type WriteCommand } from '../../domain/write-command.js';
import { deadLetterStatement } from './dead-letters.js';
import { toHeartbeat, type HeartbeatRow, type PlaybackStatements } from './playbacks.js';
import type { FlushTarget, Placed } from './process-flush.js';
import { DictionaryWords } from './videos.js';

/** What the database knew of the playbacks and videos that a flush names, just before it. */
export interface KnownPlaybacks {
  readonly states: ReadonlyMap<string, PlaybackState>;
  /** Duration by key, ms; 0 is unknown. */
  readonly durations: ReadonlyMap<string, number>;
}

export const NO_PLAYBACKS: KnownPlaybacks = { states: new Map(), durations: new Map() };

type PlacedPlayback = Placed<PlaybackCommand>;

const MESSAGES: Readonly<Record<string, string>> = {
  [SESSION_UNKNOWN]: 'No playback with this token was started',
  [PLAYBACK_ENDED]: 'The playback is over',
  [POSITION_BEYOND_DURATION]: 'The position lies behind the end of the video',
  [VIDEO_UNKNOWN]: 'There is no video with this key',
};

/** The playbacks that a flush names, those it starts, and the videos of these. */
export function playbacksOf(groups: readonly (readonly WriteCommand[])[]): {
  readonly all: ReadonlySet<string>;
  readonly starting: ReadonlySet<string>;
  readonly videoKeys: ReadonlySet<string>;
} {
  const all = new Set<string>();
  const starting = new Set<string>();
  const videoKeys = new Set<string>();
  for (const group of groups) {
    for (const command of group) {
      if (!isPlaybackCommand(command)) continue;
      all.add(command.playbackToken);
      if (command.kind !== 'startPlayback') continue;
      starting.add(command.playbackToken);
      videoKeys.add(command.videoKey);
    }
  }
  return { all, starting, videoKeys };
}

/** The playbacks' part of a flush: words, starts, heartbeats in their order, ends, and which slices this touches. */
export function addPlaybacks(
  groups: readonly (readonly WriteCommand[])[],
  known: KnownPlaybacks,
  texts: PlaybackStatements,
  nowMs: number,
  target: FlushTarget,
): void {
  const placed: PlacedPlayback[] = [];
  groups.forEach((commands, group) =>
    commands.forEach((command, index) => {
      if (isPlaybackCommand(command)) placed.push({ command, group, index });
    }),
  );
  if (placed.length === 0) return;
  const flush = new PlaybackFlush(known, videosOf(groups));
  for (const one of placed.toSorted(inOrder)) {
    const code = flush.take(one);
    if (code === null) continue;
    const message = MESSAGES[code] ?? code;
    target.refuse(one.group, { index: one.index, code, message });
    target.add(deadLetterStatement(one.command, code, message, nowMs));
  }
  flush.compile(texts, target);
}

/** Judges what is reported by what is known, report by report, and gathers what storage takes in few statements. */
class PlaybackFlush {
  readonly #states: Map<string, PlaybackState>;
  readonly #starts: PlacedPlayback[] = [];
  /** The n-th heartbeat of every playback: a statement sees each row once. */
  readonly #rounds: { row: HeartbeatRow; group: number | null }[][] = [];
  readonly #roundOf = new Map<string, number>();
  readonly #ends: PlacedPlayback[] = [];
  readonly #slices = new Set<number>();

  constructor(
    private readonly known: KnownPlaybacks,
    private readonly named: ReadonlyMap<string, number>,
  ) {
    this.#states = new Map(known.states);
  }

  /** Answers the code of a refusal, or null. */
  take(placed: PlacedPlayback): string | null {
    const { command } = placed;
    const { playbackToken: token, receivedAtMs: atMs } = command;
    const state = this.#states.get(token);
    if (command.kind === 'startPlayback') {
      const durationMs = this.#durationOf(command.videoKey);
      if (durationMs === null) return VIDEO_UNKNOWN;
      this.#starts.push(placed);
      if (state !== undefined) return null;
      const own = { status: PlaybackStatus.ACTIVE, startedAtMs: atMs, lastHeartbeatMs: atMs };
      const started = { ...own, durationMs: durationMs || (command.durationMs ?? 0) };
      this.#states.set(token, started);
      const isOutside = isBeyond(command.positionMs, started.durationMs);
      this.#report(toHeartbeat(isOutside ? { ...command, positionMs: 0 } : command), started, null);
      return null;
    }
    if (state === undefined) return SESSION_UNKNOWN;
    if (command.kind === 'endPlayback') {
      this.#ends.push(placed);
      if (isOver(state, atMs)) return null;
      const isOutside = isBeyond(command.positionMs, state.durationMs);
      this.#report(toHeartbeat(isOutside ? { ...command, positionMs: null } : command), state, null);
      this.#states.set(token, { ...state, status: PlaybackStatus.ENDED });
      return null;
    }
    // What is not newer than what is known was sent before: it changes nothing.
    if (atMs > state.lastHeartbeatMs && isOver(state, atMs)) return PLAYBACK_ENDED;
    if (isBeyond(command.positionMs, state.durationMs)) return POSITION_BEYOND_DURATION;
    this.#report(toHeartbeat(command), state, placed.group);
    return null;
  }

  compile(texts: PlaybackStatements, target: FlushTarget): void {
    const words = new DictionaryWords();
    for (const { command } of this.#starts) {
      if (command.kind === 'startPlayback') words.add('sys_qualities', command.quality);
    }
    for (const { row } of this.#rounds.flat()) words.add('sys_qualities', row[4]);
    for (const statement of words.statements()) target.add(statement);
    for (const { command, group } of this.#starts) {
      if (command.kind !== 'startPlayback') continue;
      const [before, start] = texts.start(command);
      for (const statement of before) target.add(statement);
      target.add(start, group);
    }
    for (const round of this.#rounds) {
      for (const [group, rows] of byGroup(round)) {
        const statement = texts.heartbeats(rows);
        if (group === null) target.add(statement);
        else target.add(statement, group, rows.length);
      }
    }
    for (const [group, tokens] of byGroup(
      this.#ends.map(({ command, group: own }) => ({ row: command.playbackToken, group: own })),
    )) {
      // A second end in the same flush finds nothing to change, and is told apart by the count.
      target.add(texts.ends(tokens), group ?? undefined, tokens.length);
    }
    // Last: what is marked here is locked for the shortest time.
    if (this.#slices.size > 0) target.add(texts.marks([...this.#slices].toSorted((a, b) => a - b)));
  }

  #report(row: HeartbeatRow, state: PlaybackState, group: number | null): void {
    const [token, atMs] = row;
    const round = this.#roundOf.get(token) ?? 0;
    this.#roundOf.set(token, round + 1);
    (this.#rounds[round] ??= []).push({ row, group });
    this.#slices.add(sliceOf(state.startedAtMs));
    // It was there all the time since its last heartbeat; that is not long, or it would be over.
    for (let slice = sliceOf(state.lastHeartbeatMs); slice <= sliceOf(atMs); slice += 1) {
      this.#slices.add(slice);
    }
    this.#states.set(token, { ...state, lastHeartbeatMs: Math.max(state.lastHeartbeatMs, atMs) });
  }

  #durationOf(videoKey: string): number | null {
    const known = this.known.durations.get(videoKey);
    const named = this.named.get(videoKey);
    if (known === undefined && named === undefined) return null;
    return known || (named ?? 0);
  }
}

/** Videos that the flush itself brings, before the playbacks. */
function videosOf(groups: readonly (readonly WriteCommand[])[]): ReadonlyMap<string, number> {
  const durations = new Map<string, number>();
  for (const command of groups.flat()) {
    if ('video' in command) durations.set(command.video.videoKey, command.video.durationMs ?? 0);
  }
  return durations;
}

const RANK = { startPlayback: 0, playbackHeartbeat: 1, endPlayback: 2 } as const;

/** As they were received: the buffer keeps starts and ends apart from heartbeats. */
const inOrder = ({ command: a }: PlacedPlayback, { command: b }: PlacedPlayback): number =>
  a.receivedAtMs - b.receivedAtMs || RANK[a.kind] - RANK[b.kind];

function byGroup<Row>(
  rows: readonly { readonly row: Row; readonly group: number | null }[],
): Map<number | null, Row[]> {
  const groups = new Map<number | null, Row[]>();
  for (const { row, group } of rows) {
    const own = groups.get(group);
    if (own === undefined) groups.set(group, [row]);
    else own.push(row);
  }
  return groups;
}
