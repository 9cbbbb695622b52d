import { and, eq, gte, lt, sql, type SQL } from 'drizzle-orm';
import type { Page, PageRequest } from '../../domain/page.js';
import type { PlaybackState } from '../../domain/playback/rules.js';
import type { Playback, PlaybackFilter, Viewer } from '../../domain/playback/types.js';
import type { KnownPlaybacks } from '../commands/playback-flush.js';
import type { Db } from '../database.js';
import { countRows, listPage, mapPage } from './keyset.js';

export class PlaybackQueries {
  readonly #states: string;
  readonly #durations: string;

  constructor(private readonly db: Db) {
    this.#states = `SELECT p.session_token, p.status, p.started_at_ms, p.last_heartbeat_ms, v.duration_ms
      FROM ${db.functions.jsonRows('?', ['token text'])} AS t CROSS JOIN ply_sessions p CROSS JOIN imm_videos v
      WHERE p.session_token = t.token AND v.video_id = p.video_id`;
    this.#durations = `SELECT v.video_key, v.duration_ms FROM ${db.functions.jsonRows('?', ['key text'])} AS k
      CROSS JOIN imm_videos v WHERE v.video_key = k.key`;
  }

  /** What a flush is judged by. */
  async listKnown(named: {
    readonly all: ReadonlySet<string>;
    readonly videoKeys: ReadonlySet<string>;
  }): Promise<KnownPlaybacks> {
    const rows = await this.#byTexts(this.#states, named.all);
    const videos = named.videoKeys.size === 0 ? [] : await this.#byTexts(this.#durations, named.videoKeys);
    return {
      states: new Map(
        rows.map(([token, status, startedAtMs, lastHeartbeatMs, durationMs]): [string, PlaybackState] => [
          String(token),
          {
            status: Number(status),
            startedAtMs: Number(startedAtMs),
            lastHeartbeatMs: Number(lastHeartbeatMs),
            durationMs: Number(durationMs),
          },
        ]),
      ),
      durations: new Map(videos.map(([key, durationMs]) => [String(key), Number(durationMs)])),
    };
  }

  async getPlayback(playbackToken: string): Promise<Playback | null> {
    const rows = await this.#select().where(eq(this.db.tables.playbacks.sessionToken, playbackToken));
    return rows.map(toPlayback)[0] ?? null;
  }

  async listPlaybacks(filter: PlaybackFilter, page: PageRequest): Promise<Page<Playback>> {
    const { playbacks } = this.db.tables;
    return mapPage(
      await listPage(
        this.#select(),
        {
          columns: [playbacks.startedAtMs, playbacks.playbackId],
          order: 'descending',
          where: this.#matches(filter),
        },
        page,
      ),
      toPlayback,
    );
  }

  async countPlaybacks(filter: PlaybackFilter): Promise<number> {
    return countRows(this.db, this.db.tables.playbacks, this.#matches(filter));
  }

  async getViewer(viewerUuid: string): Promise<Viewer | null> {
    const { viewers } = this.db.tables;
    const { viewerUuid: uuid, firstSeenMs, lastSeenMs } = viewers;
    const rows = await this.db.builder
      .select({ viewerUuid: uuid, firstSeenMs, lastSeenMs })
      .from(viewers)
      .where(eq(uuid, viewerUuid));
    return rows[0] ?? null;
  }

  #matches(filter: PlaybackFilter): SQL | undefined {
    const { playbacks } = this.db.tables;
    return and(
      filter.videoId === null ? undefined : eq(playbacks.videoId, filter.videoId),
      filter.viewerUuid === null
        ? undefined
        : sql`${playbacks.viewerId} = (SELECT viewer_id FROM ply_viewers WHERE viewer_uuid = ${filter.viewerUuid})`,
      filter.status === null ? undefined : eq(playbacks.status, filter.status),
      filter.isCompleted === null ? undefined : eq(playbacks.isCompleted, filter.isCompleted ? 1 : 0),
      filter.startedFromMs === null ? undefined : gte(playbacks.startedAtMs, filter.startedFromMs),
      filter.startedToMs === null ? undefined : lt(playbacks.startedAtMs, filter.startedToMs),
    );
  }

  #select() {
    const { playbacks, viewers, qualities } = this.db.tables;
    return this.db.builder
      .select({
        playbackId: playbacks.playbackId,
        playbackToken: playbacks.sessionToken,
        videoId: playbacks.videoId,
        viewerUuid: viewers.viewerUuid,
        quality: qualities.name,
        status: playbacks.status,
        startedAtMs: playbacks.startedAtMs,
        endedAtMs: playbacks.endedAtMs,
        lastHeartbeatMs: playbacks.lastHeartbeatMs,
        isPlaying: playbacks.isPlaying,
        positionMs: playbacks.positionMs,
        furthestMs: playbacks.furthestMs,
        watchedMs: playbacks.watchedMs,
        first: playbacks.watchedFirstHalf,
        second: playbacks.watchedSecondHalf,
        isCompleted: playbacks.isCompleted,
      })
      .from(playbacks)
      .leftJoin(viewers, eq(viewers.viewerId, playbacks.viewerId))
      .leftJoin(qualities, eq(qualities.id, playbacks.qualityId))
      .$dynamic();
  }

  #byTexts(text: string, texts: ReadonlySet<string>) {
    return this.db.backend.read({ sql: text, params: [JSON.stringify([...texts].map((one) => [one]))] });
  }
}

interface PlaybackRow extends Omit<Playback, 'isPlaying' | 'isCompleted' | 'watchedHalves'> {
  readonly isPlaying: number;
  readonly isCompleted: number;
  readonly first: number;
  readonly second: number;
}

const toPlayback = ({ first, second, isPlaying, isCompleted, ...row }: PlaybackRow): Playback => ({
  ...row,
  isPlaying: isPlaying === 1,
  isCompleted: isCompleted === 1,
  watchedHalves: [first, second],
});
