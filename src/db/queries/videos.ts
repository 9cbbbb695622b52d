import { aliasedTable, and, eq, inArray, sql, type SQL } from 'drizzle-orm';
import type { SourceType } from '../../domain/immersion/enums.js';
import type { Video, VideoFilter, VideoOrder } from '../../domain/immersion/types.js';
import type { Page, PageRequest } from '../../domain/page.js';
import type { Db } from '../database.js';
import { countRows, listPage, mapPage } from './keyset.js';
import { PreparedLookup } from './prepared-lookup.js';

export class VideoQueries {
  readonly #byId: PreparedLookup<number, VideoRow>;
  readonly #byKey: PreparedLookup<string, VideoRow>;

  constructor(private readonly db: Db) {
    const { videos } = db.tables;
    this.#byId = new PreparedLookup((ids) => this.#select().where(inArray(videos.videoId, ids)).prepare());
    this.#byKey = new PreparedLookup((keys) =>
      this.#select().where(inArray(videos.videoKey, keys)).prepare(),
    );
  }

  async getVideo(videoKey: string): Promise<Video | null> {
    return (await this.listVideosByKeys([videoKey]))[0] ?? null;
  }

  async listVideosByIds(videoIds: readonly number[]): Promise<readonly Video[]> {
    return (await this.#byId.list(videoIds)).map(toVideo);
  }

  async listVideosByKeys(videoKeys: readonly string[]): Promise<readonly Video[]> {
    return (await this.#byKey.list(videoKeys)).map(toVideo);
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
