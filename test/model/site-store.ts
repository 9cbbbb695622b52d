import { EntryStatus } from '../../src/domain/library/enums.js';
import type { EntryChange } from '../../src/domain/library/types.js';
import type { PlaybackCommand } from '../../src/domain/playback/commands.js';
import type { StatsStore } from '../../src/domain/stats-store.js';
import { T0, uuid, videoFields } from '../support/commands.js';
import type { EntryFields } from './library-model.js';
import type { Deed, Site } from './site.js';
import { instantOf, segmentsOf } from './site-model.js';
import { NOTHING, SiteReading } from './site-reading.js';
import { FIRST_VIDEOS, LATE_VIDEO, type SiteQuestion } from './site-steps.js';

const never = new AbortController().signal;

/** A video site behind the ports of a store. */
export class StoreSite implements Site {
  readonly #reading: SiteReading;
  #jobs = 1_000;

  constructor(
    private readonly storeNow: () => StatsStore,
    private readonly restart: () => Promise<void>,
  ) {
    this.#reading = new SiteReading(storeNow);
  }

  async open(): Promise<void> {
    const videos = [...FIRST_VIDEOS].map(([key, durationMs]) => ({
      kind: 'upsertVideo' as const,
      video: videoFields(key, { durationMs }),
      receivedAtMs: T0,
    }));
    await this.#store.apply([videos], T0);
  }

  async act(deed: Deed, now: number): Promise<unknown> {
    const { library, transcriptions, transcoding, playback, maintenance } = this.#store;
    switch (deed.kind) {
      case 'createCategory':
        return library.createCategory({
          slug: deed.slug,
          name: deed.name,
          description: '',
          createdAtMs: now,
        });
      case 'editCategory':
        return library.editCategory(deed.slug, { name: deed.name });
      case 'deleteCategory':
        return library.deleteCategory(deed.slug);
      case 'addEntry': {
        const { title, description, status, publishedAt } = deed.fields;
        const durationMs = deed.video === LATE_VIDEO[0] ? LATE_VIDEO[1] : null;
        const categoryId = await this.#reading.categoryId(deed.fields.category);
        const video = videoFields(deed.video, { durationMs });
        const fields = { title, description, categoryId, status: EntryStatus[status] };
        const publishedAtMs = instantOf(publishedAt);
        return library.addEntry({ slug: deed.slug, video, ...fields, publishedAtMs }, now);
      }
      case 'editEntry':
        return library.editEntry(deed.slug, await this.#changeOf(deed.change), now);
      case 'deleteEntry':
        return library.deleteEntry(deed.slug, now);
      case 'restoreEntry':
        return library.restoreEntry(deed.slug, now);
      case 'purgeEntry':
        return library.purgeEntry(deed.slug);
      case 'purgeArchive':
        return library.purgeArchive(now - deed.backMs, never);
      case 'setQualities':
        return library.setQualities(
          deed.slug,
          deed.qualities.map((quality) => ({ ...quality, widthPx: null })),
        );
      case 'enqueueJob': {
        const jobUuid = uuid((this.#jobs += 1));
        return transcoding.enqueue({ jobUuid, slug: deed.slug, maxAttempts: 1, qualities: ['1080p'] }, now);
      }
      case 'request':
        return transcriptions.request(deed.slug, deed.language, now);
      case 'start':
        return transcriptions.start(deed.slug, now);
      case 'complete': {
        const content = { isTimed: true, segments: segmentsOf(deed.segments) };
        return transcriptions.complete(deed.slug, deed.language, content, now);
      }
      case 'fail':
        return transcriptions.fail(deed.slug, 'no speech', now);
      case 'retry':
        return transcriptions.retry(deed.slug, now);
      case 'sweep':
        return maintenance.sweepPlaybacks(now);
      case 'forget':
        return playback.forgetViewer(uuid(deed.viewer));
      case 'purgeVideo': {
        const videoId = await this.#reading.videoId(deed.video);
        if (videoId !== NOTHING) await maintenance.purgeVideo(videoId, never);
        return undefined;
      }
      case 'rollUp':
        await maintenance.rollUp(never);
        return undefined;
      case 'rebuild':
        await maintenance.rebuildSearch(never, () => undefined);
        await maintenance.rebuildRollUps(never, () => undefined);
        return undefined;
      case 'restart':
        await this.restart();
        return undefined;
      default:
        return deed satisfies never;
    }
  }

  async flush(commands: readonly PlaybackCommand[], now: number): Promise<readonly string[]> {
    const { groups } = await this.#store.apply([commands], now);
    return groups.flatMap(({ refused }) => refused.map(({ code }) => code));
  }

  state(): Promise<object> {
    return this.#reading.state();
  }

  ask(question: SiteQuestion, now: number): Promise<object> {
    return this.#reading.ask(question, now);
  }

  get #store(): StatsStore {
    return this.storeNow();
  }

  async #changeOf(change: Partial<EntryFields & { error: string | null }>): Promise<EntryChange> {
    const { category, status, publishedAt, error, ...texts } = change;
    const gone = 999_999;
    return {
      ...texts,
      categoryId: category == null ? category : ((await this.#reading.categoryId(category)) ?? gone),
      status: status === undefined ? undefined : EntryStatus[status],
      publishedAtMs: publishedAt === undefined ? undefined : instantOf(publishedAt),
      errorMessage: error,
    };
  }
}
