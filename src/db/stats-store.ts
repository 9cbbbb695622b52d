import { joinByRisk } from '../domain/agents/statistics.js';
import { NOTHING_REAPPLIED, SESSION_UNKNOWN, type ReapplyOutcome } from '../domain/dead-letter.js';
import { StorageError } from '../domain/errors.js';
import type { ApplyOutcome, StatsStore } from '../domain/stats-store.js';
import { isPlaybackCommand, sessionOf, type WriteCommand } from '../domain/write-command.js';
import { deadLetterStatement, makeRoomStatement } from './commands/dead-letters.js';
import type { Statement } from './backend.js';
import { Flush } from './commands/flush.js';
import { flushTexts } from './commands/flush-texts.js';
import { sessionsOf, type CommandGroups, type NamedSessions } from './commands/named-sessions.js';
import { NO_PLAYBACKS, playbacksOf } from './commands/playback-flush.js';
import { processesOf } from './commands/process-flush.js';
import { SessionDirectory } from './commands/session-directory.js';
import type { Db } from './database.js';
import { DeadLetterDesk } from './dead-letter-desk.js';
import { createAgentStore } from './agent-store.js';
import { createImmersionStore } from './immersion-store.js';
import { createLibraryStore } from './library-store.js';
import { createMaintenanceStore } from './maintenance-store.js';
import { AudienceRollUp } from './maintenance/audience-roll-up.js';
import { RollUp } from './maintenance/roll-up.js';
import { createPlaybackStore } from './playback-store.js';
import { AudienceQueries } from './queries/audience.js';
import { PlaybackQueries } from './queries/playbacks.js';
import { ProcessSessionQueries } from './queries/process-sessions.js';
import { ExtractionQueries } from './queries/analytics/extractions.js';
import { StoredSessions } from './queries/analytics/stored-sessions.js';
import { storeReader } from './queries/analytics/sql-reader.js';
import { createSystemStore } from './system-store.js';
import { createTranscodingStore } from './transcoding-store.js';
import { createTranscriptCacheStore } from './transcript-cache-store.js';
import { createTranscriptionStore } from './transcription-store.js';
import { createTranscriptStore } from './transcript-store.js';

/** A purge, perhaps by another process, removed a session whose id is remembered: looked up again so often. */
const MAX_TRIES = 3;
/** Dead letters of a session that has just started: applied again up to this many at once. */
const REVIVE_LIMIT = 5_000;

/** The one StatsStore over SQL: the dialects differ only in what `db` is made of. */
export function createStatsStore(db: Db, timezone: string): StatsStore {
  const sessions = new SessionDirectory(db);
  const agents = new ProcessSessionQueries(db);
  const playbacks = new PlaybackQueries(db);
  const texts = flushTexts(db.functions);
  const rollUp = new RollUp(db, timezone);
  const audience = new AudienceRollUp(db);

  /** Commits what the groups say, after `before`; compiles it anew when another process changed what was remembered. */
  async function commit(
    groups: CommandGroups,
    { all, starting }: NamedSessions,
    nowMs: number,
    before: readonly Statement[],
  ): Promise<ApplyOutcome> {
    const processes = processesOf(groups);
    const playing = playbacksOf(groups);
    for (let tries = 1; ; tries += 1) {
      const running = new Set([...(await agents.listKnown(processes.all)), ...processes.starting]);
      const played = playing.all.size === 0 ? NO_PLAYBACKS : await playbacks.listKnown(playing);
      const resolved = await sessions.resolve(all, starting);
      const flush = new Flush(groups, resolved, running, played, texts, nowMs);
      const own = flush.compile();
      const room = flush.hasRefused ? [makeRoomStatement] : [];
      try {
        const changes = await db.backend.transact([...before, ...own, ...room]);
        return {
          groups: flush.outcomes(changes.slice(before.length)),
          extractionsByRisk: flush.extractionsByRisk(changes.slice(before.length)),
          revivedCount: 0,
          discardedCount: flush.hasRefused ? (changes.at(-1) ?? 0) : 0,
        };
      } catch (error) {
        if (
          !(error instanceof StorageError) ||
          error.code !== db.backend.foreignKeyCode ||
          tries === MAX_TRIES
        )
          throw error;
        sessions.forget();
      }
    }
  }

  async function apply(groups: CommandGroups, nowMs: number): Promise<ApplyOutcome> {
    const named = sessionsOf(groups);
    const outcome = await commit(groups, named, nowMs, []);
    // Also for a start that was sent again: the process may have died between the two transactions.
    const started = [
      ...named.starting,
      ...processesOf(groups).starting,
      ...playbacksOf(groups).starting,
      ...(db.backend.isShared ? await startedElsewhere(groups, outcome) : []),
    ];
    if (started.length === 0) return outcome;
    const { applied, extractionsByRisk } = await revive(started, nowMs);
    return {
      ...outcome,
      revivedCount: applied,
      extractionsByRisk: joinByRisk(outcome.extractionsByRisk, extractionsByRisk),
    };
  }

  /**
   * Sessions that were unknown to this flush and are there now: another instance started them between the look-up and
   * the commit, and when it looked for what waited, this flush had not committed yet.
   */
  async function startedElsewhere(groups: CommandGroups, outcome: ApplyOutcome): Promise<string[]> {
    const unknown = new Set<string>();
    const tokens = new Set<string>();
    outcome.groups.forEach(({ refused }, group) => {
      for (const { index, code } of refused) {
        const command = groups[group]?.[index];
        const uuid = command === undefined ? null : sessionOf(command);
        if (code !== SESSION_UNKNOWN || command === undefined) continue;
        if (uuid !== null) unknown.add(uuid);
        else if (isPlaybackCommand(command)) tokens.add(command.playbackToken);
      }
    });
    if (unknown.size + tokens.size === 0) return [];
    const { reference } = await sessions.resolve(unknown, new Set());
    const { states } = await playbacks.listKnown({ all: tokens, videoKeys: new Set() });
    return [...[...unknown].filter((uuid) => reference(uuid) !== null), ...states.keys()];
  }

  /** Requests may arrive in any order: what waited for a session is applied when the session starts. */
  async function revive(sessionUuids: readonly string[], nowMs: number): Promise<ReapplyOutcome> {
    const letters = await desk.queries.listOfSessions(sessionUuids, SESSION_UNKNOWN, REVIVE_LIMIT);
    return letters.length === 0 ? NOTHING_REAPPLIED : desk.reapply(letters, nowMs);
  }

  // The removal comes first: what is refused again is a new letter, and the same one may not stand twice.
  const desk = new DeadLetterDesk(db, async (commands: readonly WriteCommand[], nowMs, removal) => {
    const { groups, extractionsByRisk } = await commit([commands], sessionsOf([commands]), nowMs, removal);
    const refused = groups[0]?.refused.length ?? 0;
    return { applied: commands.length - refused, refused, extractionsByRisk };
  });

  const maintenance = createMaintenanceStore(db, rollUp, audience, desk, timezone, () => sessions.forget());

  return {
    immersion: createImmersionStore(db, rollUp),
    agents: createAgentStore(db, agents),
    playback: createPlaybackStore(db, playbacks),
    audience: new AudienceQueries(db, audience),
    analytics: new ExtractionQueries(storeReader(db), new StoredSessions(db)),
    transcripts: createTranscriptStore(db),
    transcriptCache: createTranscriptCacheStore(db),
    library: createLibraryStore(db),
    transcoding: createTranscodingStore(db),
    transcriptions: createTranscriptionStore(db),
    system: createSystemStore(db, desk),
    maintenance,
    description: db.backend.description,
    isShared: db.backend.isShared,
    apply,
    async bury(command, code, message, nowMs) {
      const [, discarded = 0] = await db.backend.transact([
        deadLetterStatement(command, code, message, nowMs),
        makeRoomStatement,
      ]);
      return discarded;
    },
    async ping() {
      await db.backend.read({ sql: 'SELECT COUNT(*) FROM imm_schema_version', params: [] });
    },
    close: () => db.backend.close(),
    [Symbol.asyncDispose]: () => db.backend.close(),
  };
}
