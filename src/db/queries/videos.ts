import { aliasedTable, and, eq, inArray, sql, type SQL } from 'drizzle-orm';
import type { SourceType } from '../../domain/immersion/enums.js';
import type { Video, VideoFilter, VideoOrder } from '../../domain/immersion/types.js';
import type { Page, PageRequest } from '../../domain/page.js';
import type { Db } from '../database.js';
import { countRows, listPage, mapPage } from './keyset.js';

export class VideoQueries {
  constructor(private readonly db: Db) {}

  async getVideo(videoKey: string): Promise<Video | null> {
    const rows = await this.#select().where(eq(this.db.tables.videos.videoKey, videoKey));
    return rows.map(toVideo)[0] ?? null;
  }

  async listVideosByIds(videoIds: readonly number[]): Promise<readonly Video[]> {
    if (videoIds.length === 0) return [];
    const rows = await this.#select().where(inArray(this.db.tables.videos.videoId, [...videoIds]));
    return rows.map(toVideo);
  }

  async listVideosByKeys(videoKeys: readonly string[]): Promise<readonly Video[]> {
    const rows = await this.#select().where(inArray(this.db.tables.videos.videoKey, [...videoKeys]));
    return rows.map(toVideo);
  }

  async listVideos(filter: VideoFilter, order: VideoOrder, page: PageRequest): Promise<Page<Video>> {
    const { videos } = this.db.tables;
    return mapPage(
      await listPage(
        this.#select(),
        {
          columns: [
            { TITLE: videos.canonicalTitle, CREATED: videos.createdAtMs, UPDATED: videos.updatedAtMs }[order],
            videos.videoId,
          ],
          order: order === 'TITLE' ? 'ascending' : 'descending',
          where: this.#matches(filter),
        },
        page,
      ),
      toVideo,
    );
  }

  async countVideos(filter: VideoFilter): Promise<number> {
    return countRows(this.db, this.db.tables.videos, this.#matches(filter));
  }

  #matches(filter: VideoFilter): SQL | undefined {
    const { videos } = this.db.tables;
    return and(
      filter.sourceType === null ? undefined : eq(videos.sourceType, filter.sourceType),
      filter.text === null
        ? undefined
        : sql`${sql.raw(this.db.functions.lower('canonical_title'))} LIKE ${`%${escapeLike(filter.text.toLowerCase())}%`} ESCAPE '\\'`,
    );
  }

  #select() {
    const { videos, codecs, containers } = this.db.tables;
    const audioCodecs = aliasedTable(codecs, 'audio_codecs');
    return this.db.builder
      .select({
        videoId: videos.videoId,
        videoKey: videos.videoKey,
        title: videos.canonicalTitle,
        sourceType: videos.sourceType,
        sourcePath: videos.sourcePath,
        sourceUrl: videos.sourceUrl,
        durationMs: videos.durationMs,
        widthPx: videos.widthPx,
        heightPx: videos.heightPx,
        codec: codecs.name,
        container: containers.name,
        audioCodec: audioCodecs.name,
        fpsX100: videos.fpsX100,
        bitrateKbps: videos.bitrateKbps,
        fileSizeBytes: videos.fileSizeBytes,
        hashSha256: videos.hashSha256,
        screenshotPath: videos.screenshotPath,
        metadataJson: videos.metadataJson,
        createdAtMs: videos.createdAtMs,
        updatedAtMs: videos.updatedAtMs,
      })
      .from(videos)
      .leftJoin(codecs, eq(codecs.id, videos.codecId))
      .leftJoin(containers, eq(containers.id, videos.containerId))
      .leftJoin(audioCodecs, eq(audioCodecs.id, videos.audioCodecId))
      .$dynamic();
  }
}

type VideoRow = Omit<Video, 'durationMs' | 'sourceType'> & {
  readonly durationMs: number;
  readonly sourceType: number;
};

/** A stored duration of 0 is an unknown one. A source type of a newer version passes through and shows as UNKNOWN. */
const toVideo = (row: VideoRow): Video => ({
  ...row,
  durationMs: row.durationMs === 0 ? null : row.durationMs,
  sourceType: row.sourceType as SourceType,
});

export const escapeLike = (text: string): string => text.replaceAll(/[\\%_]/g, (c) => `\\${c}`);
