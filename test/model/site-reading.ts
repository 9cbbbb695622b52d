import { EntryStatus, TranscriptionStatus } from '../../src/domain/library/enums.js';
import { binsOfHalves } from '../../src/domain/playback/bins.js';
import { PlaybackStatus } from '../../src/domain/playback/enums.js';
import { parseSearchQuery } from '../../src/domain/search/query.js';
import { keyOfHit } from '../../src/domain/search/types.js';
import type { StatsStore } from '../../src/domain/stats-store.js';
import { SLICE_MS } from '../../src/domain/time.js';
import { uuid } from '../support/commands.js';
import { pages } from './pages.js';
import { instantOf, rangeOf } from './site-model.js';
import { SLUGS, TOKENS, VIEWERS, WORDS, type SiteQuestion } from './site-steps.js';

/** The id of what is not there. */
export const NOTHING = -1;

/** Everything that a store tells of a video site. */
export class SiteReading {
  constructor(private readonly storeNow: () => StatsStore) {}

  async state(): Promise<object> {
    const categories = await this.#store.library.listCategories();
    return {
      categories: categories.map(({ slug, name, description }) => ({ slug, name, description })),
      entries: await Promise.all(SLUGS.map((slug) => this.#entry(slug))),
      found: await Promise.all(WORDS.map((word) => this.#found(word))),
      playbacks: await Promise.all(TOKENS.map((token) => this.#playback(uuid(token)))),
      viewers: await Promise.all(VIEWERS.map((viewer) => this.#viewer(uuid(viewer)))),
    };
  }

  async ask(question: SiteQuestion, now: number): Promise<object> {
    const { words, without } = question;
    return {
      ...(await this.#entries(question)),
      ...(await this.#transcriptions(question)),
      found: await this.#found([...words, ...(without === null ? [] : [`-${without}`])].join(' ')),
      playbacks: await this.#playbacks(question),
      audience: await this.#audience(question, now),
    };
  }

  /** Null where there is no such category. */
  async categoryId(slug: string | null): Promise<number | null> {
    const category = slug === null ? null : await this.#store.library.getCategory(slug);
    return category?.categoryId ?? null;
  }

  async videoId(key: string): Promise<number> {
    return (await this.#store.immersion.getVideo(key))?.videoId ?? NOTHING;
  }

  get #store(): StatsStore {
    return this.storeNow();
  }

  async #entry(slug: string): Promise<object | null> {
    const { library, transcoding } = this.#store;
    const entry = await library.getEntry(slug);
    if (entry === null) return null;
    const { videoId, title, description, errorMessage } = entry;
    const [qualities = []] = await library.listQualities([videoId]);
    const [job] = await transcoding.listJobsByVideoIds([videoId]);
    return {
      ...{ slug, title, description, error: errorMessage },
      video: (await this.#videoKeys([videoId]))[0],
      category: await this.#categorySlug(entry.categoryId),
      status: nameOf(EntryStatus, entry.status),
      createdAt: entry.createdAtMs,
      updatedAt: entry.updatedAtMs,
      publishedAt: entry.publishedAtMs,
      deletedAt: entry.deletedAtMs,
      qualities: qualities.map(({ name, heightPx, bitrateKbps }) => ({ name, heightPx, bitrateKbps })),
      transcription: await this.#transcription(videoId),
      hasJob: job !== undefined,
    };
  }

  async #transcription(videoId: number): Promise<object | null> {
    const { transcriptions } = this.#store;
    const [own] = await transcriptions.listByVideoIds([videoId]);
    if (own === undefined) return null;
    const [content] = own.textId === null ? [] : await transcriptions.listContents([own.textId]);
    return {
      status: nameOf(TranscriptionStatus, own.status),
      language: own.language,
      requestedAt: own.requestedAtMs,
      updatedAt: own.updatedAtMs,
      startedAt: own.startedAtMs,
      completedAt: own.completedAtMs,
      error: own.errorMessage,
      words: own.wordCount,
      content: content?.segments ?? null,
    };
  }

  async #playback(token: string): Promise<object | null> {
    const own = await this.#store.playback.getPlayback(token);
    if (own === null) return null;
    return {
      token,
      video: (await this.#videoKeys([own.videoId]))[0],
      viewer: own.viewerUuid,
      quality: own.quality,
      startedAt: own.startedAtMs,
      endedAt: own.endedAtMs,
      last: own.lastHeartbeatMs,
      status: nameOf(PlaybackStatus, own.status),
      playing: own.isPlaying,
      position: own.positionMs,
      furthest: own.furthestMs,
      watched: own.watchedMs,
      bins: binsOfHalves(own.watchedHalves),
      isCompleted: own.isCompleted,
    };
  }

  async #viewer(viewerUuid: string): Promise<object | null> {
    const viewer = await this.#store.playback.getViewer(viewerUuid);
    return viewer === null ? null : { first: viewer.firstSeenMs, last: viewer.lastSeenMs };
  }

  async #entries({ entries: asked, order, direction }: SiteQuestion): Promise<object> {
    const { library } = this.#store;
    const filter = {
      status: asked.status === null ? null : EntryStatus[asked.status],
      categoryId: asked.category === null ? null : ((await this.categoryId(asked.category)) ?? NOTHING),
      text: asked.text,
      publishedFromMs: instantOf(asked.publishedFrom),
      publishedToMs: instantOf(asked.publishedTo),
      includesDeleted: asked.includesDeleted,
    };
    const rows = await pages(
      (page) => library.listEntries(filter, order, page),
      ({ publishedAtMs, createdAtMs, title, videoId }) => [
        { PUBLISHED: publishedAtMs ?? 0, CREATED: createdAtMs, TITLE: title }[order],
        videoId,
      ],
      direction,
    );
    return {
      entries: rows.map(({ slug }) => slug),
      entriesCount: await library.countEntries(filter, order),
    };
  }

  async #transcriptions({ transcriptions: asked, direction }: SiteQuestion): Promise<object> {
    const { transcriptions } = this.#store;
    const status = asked.status === null ? null : TranscriptionStatus[asked.status];
    const filter = { status, language: asked.language };
    const rows = await pages(
      (page) => transcriptions.list(filter, page),
      ({ requestedAtMs, videoId }) => [requestedAtMs, videoId],
      direction,
    );
    return {
      transcriptions: await this.#slugs(rows.map(({ videoId }) => videoId)),
      transcriptionsCount: await transcriptions.count(filter),
    };
  }

  async #playbacks({ playbacks: asked, direction }: SiteQuestion): Promise<string[]> {
    const { playback } = this.#store;
    const filter = {
      videoId: asked.video === null ? null : await this.videoId(asked.video),
      viewerUuid: asked.viewer === null ? null : uuid(asked.viewer),
      status: asked.status === null ? null : PlaybackStatus[asked.status],
      isCompleted: asked.isCompleted,
      startedFromMs: null,
      startedToMs: null,
    };
    const rows = await pages(
      (page) => playback.listPlaybacks(filter, page),
      ({ startedAtMs, playbackId }) => [startedAtMs, playbackId],
      direction,
    );
    return rows.map(({ playbackToken }) => playbackToken);
  }

  async #audience(question: SiteQuestion, now: number): Promise<object | null> {
    const { video, includesDeleted } = question.audience;
    const videoId = video === null ? null : await this.videoId(video);
    if (videoId === NOTHING) return null;
    const { from, to } = rangeOf(question, now);
    const range = { from: from / SLICE_MS, to: to / SLICE_MS };
    const [subject, { audience }] = [{ videoId, includesDeleted }, this.#store];
    const [totals] = await audience.summarizeAudience([range], subject);
    const [figures] = await audience.summarizeFigures([range], subject);
    const qualities = await audience.summarizeQualities(range, subject);
    return {
      views: totals?.viewsCount,
      completed: totals?.completedCount,
      timed: totals?.timedCount,
      watchedMs: totals?.watchedMs,
      viewers: figures?.viewersCount,
      peak: totals?.peakCount,
      peakAt: totals?.peakAtMs,
      bins: (await audience.summarizeRetention(range, subject)).bins,
      qualities: qualities
        .map(({ quality, viewsCount, watchedMs }) => ({ quality, views: viewsCount, watchedMs }))
        .toSorted((a, b) => (String(a.quality) < String(b.quality) ? -1 : 1)),
    };
  }

  /** Slugs of entries in which something is found, each once. */
  async #found(query: string): Promise<string[]> {
    const parsed = parseSearchQuery(query);
    const hits = await pages((page) => this.#store.transcriptions.search(parsed, page), keyOfHit);
    return (await this.#slugs([...new Set(hits.map(({ subjectId }) => subjectId))])).toSorted();
  }

  async #slugs(videoIds: readonly number[]): Promise<string[]> {
    const entries = await this.#store.library.listEntriesByVideoIds(videoIds);
    return videoIds.map((id) => entries.find(({ videoId }) => videoId === id)?.slug ?? '?');
  }

  async #categorySlug(categoryId: number | null): Promise<string | null> {
    if (categoryId === null) return null;
    const [category] = await this.#store.library.listCategoriesByIds([categoryId]);
    return category?.slug ?? null;
  }

  async #videoKeys(videoIds: readonly number[]): Promise<string[]> {
    const videos = await this.#store.immersion.listVideosByIds(videoIds);
    return videos.map(({ videoKey }) => videoKey);
  }
}

const nameOf = (codes: Readonly<Record<string, number>>, code: number): string =>
  Object.entries(codes).find(([, value]) => value === code)?.[0] ?? '?';
