import type { SessionEventFields, VideoFields } from '../../src/domain/immersion/types.js';
import type { StartSessionCommand } from '../../src/domain/immersion/commands.js';
import type { WriteCommand } from '../../src/domain/write-command.js';
import { localTimeOfSlice } from './calendar.js';
import { larger } from './figures.js';
import { gainsOf, type Gain } from './gains.js';

export const ACTIVE = 1;
export const ENDED = 2;
export const ABANDONED = 3;

export interface ModelSession {
  readonly uuid: string;
  readonly videoKey: string;
  startedAtMs: number;
  status: number;
  /** The latest end that anybody reported. */
  endReportedMs: number;
  /** Where the sweep closed it. */
  abandonedAtMs: number;
  locale: string | null;
  targetLanguage: string | null;
  difficultyTier: number | null;
  subtitleMode: number | null;
  droppedCount: number;
  /** Samples that were new when they came. */
  samplesCount: number;
  /** Everything ever reported, by instant: every statistic comes from here. */
  readonly reported: Map<number, readonly number[]>;
  /** What retention left of it. */
  readonly stored: Map<number, readonly number[]>;
  /** Retention took samples before this instant. */
  prunedBeforeMs: number;
  /** By instant and client's number. */
  readonly events: Map<string, SessionEventFields>;
}

/** The database as plain maps, in the order in which things were first seen. */
export class ModelState {
  readonly videos = new Map<string, VideoFields>();
  readonly sessions = new Map<string, ModelSession>();
  /** What came for sessions nobody started. */
  waiting: WriteCommand[] = [];
  /** Slices before this one left retention: no range has them, and stored days and months of them stay as they are. */
  firstSlice = 0;
  /** What stored days, and stored months, hold of those slices. */
  dayArchive: Gain[] = [];
  monthArchive: Gain[] = [];
  /** Earlier ones left retention. */
  firstDay = -Infinity;
  firstMonth = -Infinity;

  /** Zone of the stored daily and monthly roll-ups. */
  constructor(public rollUpZone: string) {}

  /** One flush; answers how many commands of each request were refused. */
  apply(requests: readonly (readonly WriteCommand[])[]): number[] {
    const commands = requests.flat();
    const started: string[] = [];
    for (const command of commands) {
      if (command.kind === 'upsertVideo') this.#replaceVideo(command.video);
      if (command.kind === 'describeVideo') this.#fillVideo(command.video);
      if (command.kind === 'startSession' && this.#start(command)) started.push(command.sessionUuid);
    }
    // Later than anything known before the flush is new for certain.
    const lastMs = new Map([...this.sessions.values()].map((s) => [s.uuid, Math.max(...s.reported.keys())]));
    for (const command of commands)
      if (command.kind === 'recordSample') this.#sample(command, lastMs.get(command.sessionUuid) ?? -1);
    for (const command of commands) if (command.kind === 'recordEvent') this.#event(command);
    for (const command of commands) if (command.kind === 'endSession') this.#end(command);
    for (const command of commands) {
      const session = command.kind === 'recordLoss' ? this.sessions.get(command.sessionUuid) : undefined;
      if (command.kind === 'recordLoss' && session !== undefined) session.droppedCount += command.count;
    }
    const refused = requests.map((request) => request.filter((command) => this.#isHomeless(command)));
    this.waiting.push(...refused.flat());
    const released = this.waiting.filter((c) => 'sessionUuid' in c && started.includes(c.sessionUuid));
    if (released.length > 0) {
      this.waiting = this.waiting.filter((command) => !released.includes(command));
      this.apply([released]);
    }
    return refused.map(({ length }) => length);
  }

  /** Closes what has been silent since `idleSinceMs`. */
  sweep(idleSinceMs: number): void {
    for (const session of this.sessions.values()) {
      const lastSignMs = Math.max(session.startedAtMs, ...session.reported.keys());
      if (session.status !== ACTIVE || lastSignMs >= idleSinceMs) continue;
      session.status = ABANDONED;
      session.abandonedAtMs = lastSignMs;
    }
  }

  /** Raw facts go; nothing else does. */
  prune(eventsBeforeMs: number, telemetryBeforeMs: number): void {
    for (const session of this.sessions.values()) {
      const { events, stored } = session;
      for (const [key, { tsMs }] of events) if (tsMs < eventsBeforeMs) events.delete(key);
      const old = [...stored.keys()].filter((sampleMs) => sampleMs < telemetryBeforeMs);
      for (const sampleMs of old) stored.delete(sampleMs);
      if (old.length > 0) session.prunedBeforeMs = Math.max(session.prunedBeforeMs, telemetryBeforeMs);
    }
  }

  /** Slices before this one go. */
  archiveSlices(before: number): void {
    const leaving = [...this.sessions.values()]
      .flatMap((session) => gainsOf(session, this.firstSlice))
      .filter(({ slice }) => slice < before);
    this.dayArchive.push(...leaving);
    this.monthArchive.push(...leaving);
    this.firstSlice = Math.max(this.firstSlice, before);
  }

  /** Stored days and months before these go, and do not come again by themselves. */
  pruneRollUps(day: number, month: number): void {
    this.firstDay = Math.max(this.firstDay, day);
    this.firstMonth = Math.max(this.firstMonth, month);
    const timeOf = ({ slice }: Gain) => localTimeOfSlice(this.rollUpZone, slice);
    this.dayArchive = this.dayArchive.filter((gain) => timeOf(gain).day >= this.firstDay);
    this.monthArchive = this.monthArchive.filter((gain) => timeOf(gain).month >= this.firstMonth);
  }

  /** Stored days and months are computed anew, in this zone. */
  rebuild(zone: string): void {
    this.rollUpZone = zone;
    this.firstDay = -Infinity;
    this.firstMonth = -Infinity;
  }

  /** A video goes with everything below it. */
  purge(videoKey: string): void {
    this.videos.delete(videoKey);
    for (const [uuid, session] of this.sessions)
      if (session.videoKey === videoKey) this.sessions.delete(uuid);
    this.dayArchive = this.dayArchive.filter((gain) => gain.videoKey !== videoKey);
    this.monthArchive = this.monthArchive.filter((gain) => gain.videoKey !== videoKey);
  }

  #isHomeless(command: WriteCommand): boolean {
    return (
      'sessionUuid' in command && command.kind !== 'recordLoss' && !this.sessions.has(command.sessionUuid)
    );
  }

  /** Whether it is a new session. The earliest start wins; what is unknown is filled. */
  #start(command: StartSessionCommand): boolean {
    this.#fillVideo(command.video);
    const known = this.sessions.get(command.sessionUuid);
    if (known !== undefined) {
      known.startedAtMs = Math.min(known.startedAtMs, command.startedAtMs);
      known.locale ??= command.locale;
      known.targetLanguage ??= command.targetLanguage;
      known.difficultyTier ??= command.difficultyTier;
      known.subtitleMode ??= command.subtitleMode;
      return false;
    }
    const { sessionUuid: uuid, startedAtMs, locale, targetLanguage, difficultyTier, subtitleMode } = command;
    this.sessions.set(uuid, {
      ...{ uuid, videoKey: command.video.videoKey, startedAtMs },
      ...{ locale, targetLanguage, difficultyTier, subtitleMode },
      ...{ status: ACTIVE, endReportedMs: 0, abandonedAtMs: 0, droppedCount: 0, samplesCount: 0 },
      ...{ reported: new Map(), stored: new Map(), events: new Map(), prunedBeforeMs: 0 },
    });
    return true;
  }

  #sample(command: WriteCommand & { readonly kind: 'recordSample' }, lastMs: number): void {
    const session = this.sessions.get(command.sessionUuid);
    if (session === undefined) return;
    const { reported, stored } = session;
    const { sampleMs, counters } = command;
    // Where retention took samples, one that is not the latest may have been counted before.
    const isCertain = sampleMs >= session.prunedBeforeMs || sampleMs > lastMs;
    if (!stored.has(sampleMs) && isCertain) session.samplesCount += 1;
    stored.set(sampleMs, larger(stored.get(sampleMs) ?? [], counters));
    reported.set(sampleMs, larger(reported.get(sampleMs) ?? [], counters));
    if (session.status === ABANDONED) session.status = ACTIVE;
  }

  /** The first with an instant and number is kept. */
  #event({ sessionUuid, event }: WriteCommand & { readonly kind: 'recordEvent' }): void {
    const events = this.sessions.get(sessionUuid)?.events;
    const key = `${event.tsMs} ${event.clientSeq}`;
    if (events?.has(key) === false) events.set(key, event);
  }

  #end({ sessionUuid, endedAtMs }: WriteCommand & { readonly kind: 'endSession' }): void {
    const session = this.sessions.get(sessionUuid);
    if (session === undefined) return;
    session.status = ENDED;
    session.endReportedMs = Math.max(session.endReportedMs, endedAtMs);
  }

  #fillVideo(video: VideoFields): void {
    this.videos.set(video.videoKey, { ...video, ...stated(this.videos.get(video.videoKey) ?? {}) });
  }

  #replaceVideo(video: VideoFields): void {
    const known = this.videos.get(video.videoKey);
    this.videos.set(video.videoKey, known === undefined ? video : { ...known, ...stated(video) });
  }
}

/** The fields that say something. */
const stated = (video: Partial<VideoFields>): Partial<VideoFields> =>
  Object.fromEntries(Object.entries(video).filter(([, value]) => value !== null));
