import type { PlaybackCommand } from '../../src/domain/playback/commands.js';
import { T0, uuid } from '../support/commands.js';
import { AudienceModel, type ModelRange } from './audience-model.js';
import { LibraryModel, type EntryFields, type ModelSegment } from './library-model.js';
import { PlaybackModel, type ModelPlayback } from './playback-model.js';
import type { Deed, Site } from './site.js';
import { FIRST_VIDEOS, LATE_VIDEO, SLUGS, TOKENS, VIEWERS, WORDS, type SiteQuestion } from './site-steps.js';

const SLICE = 15 * 60_000;

/** The range of a question about the audience. */
export function rangeOf({ audience }: SiteQuestion, now: number): ModelRange {
  const to = (Math.floor(now / SLICE) + 1 - audience.slicesBack) * SLICE;
  return { from: to - audience.slices * SLICE, to };
}

export const segmentsOf = (texts: readonly string[]): ModelSegment[] =>
  texts.map((text, n) => ({ startMs: n * 1_000, endMs: n * 1_000 + 900, text }));

/** In ms after the beginning in a history, an instant everywhere else. */
export const instantOf = (afterMs: number | null): number | null => (afterMs === null ? null : T0 + afterMs);

/** Both models of a video site together: what is done to one may matter to the other. */
export class ModelSite implements Site {
  readonly library = new LibraryModel();
  readonly playback = new PlaybackModel(FIRST_VIDEOS);

  constructor() {
    for (const key of FIRST_VIDEOS.keys()) this.library.addVideo(key);
  }

  act(deed: Deed, now: number): unknown {
    const { library, playback } = this;
    switch (deed.kind) {
      case 'createCategory':
        return library.createCategory(deed.slug, { name: deed.name, description: '' });
      case 'editCategory':
        return library.editCategory(deed.slug, { name: deed.name });
      case 'deleteCategory':
        return library.deleteCategory(deed.slug);
      case 'addEntry': {
        const [late, durationMs] = LATE_VIDEO;
        const isNew = !playback.durations.has(deed.video);
        if (isNew) playback.durations.set(deed.video, deed.video === late ? durationMs : 0);
        return library.addEntry(deed.slug, deed.video, this.#fields(deed.fields), now);
      }
      case 'editEntry':
        return library.editEntry(deed.slug, this.#fields(deed.change), now);
      case 'deleteEntry':
        return library.deleteEntry(deed.slug, now);
      case 'restoreEntry':
        return library.restoreEntry(deed.slug, now);
      case 'purgeEntry':
        return library.purgeEntry(deed.slug);
      case 'purgeArchive':
        return library.purgeArchive(now - deed.backMs);
      case 'setQualities':
        return library.setQualities(deed.slug, deed.qualities);
      case 'enqueueJob':
        return library.enqueueJob(deed.slug, now);
      case 'request':
        return library.request(deed.slug, deed.language, now);
      case 'start':
        return library.start(deed.slug, now);
      case 'complete':
        return library.complete(deed.slug, deed.language, segmentsOf(deed.segments), now);
      case 'fail':
        return library.fail(deed.slug, 'no speech', now);
      case 'retry':
        return library.retry(deed.slug, now);
      case 'sweep':
        return playback.sweep(now);
      case 'forget':
        return playback.forget(uuid(deed.viewer));
      case 'purgeVideo':
        library.removeVideo(deed.video);
        playback.removeVideo(deed.video);
        return undefined;
      case 'rollUp':
      case 'rebuild':
      case 'restart':
        return undefined;
      default:
        return deed satisfies never;
    }
  }

  flush(commands: readonly PlaybackCommand[]): readonly string[] {
    return this.playback.flush(commands);
  }

  state(): object {
    const { library, playback } = this;
    return {
      categories: library.listCategories().map((slug) => ({ slug, ...library.categories.get(slug) })),
      entries: SLUGS.map((slug) => library.entries.get(slug) ?? null),
      found: WORDS.map((word) => library.search([word], null)),
      playbacks: TOKENS.map((token) => {
        const own = playback.playbacks.get(uuid(token));
        if (own === undefined) return null;
        const bins = [...own.bins].toSorted((a, b) => a - b);
        const endedAt = own.status === 'ACTIVE' ? null : own.last;
        return { ...own, bins, endedAt, isCompleted: playback.isCompleted(own) };
      }),
      viewers: VIEWERS.map((viewer) => playback.viewers.get(uuid(viewer)) ?? null),
    };
  }

  ask(question: SiteQuestion, now: number): object {
    const { library } = this;
    const entries = library.listEntries(
      {
        ...question.entries,
        publishedFrom: instantOf(question.entries.publishedFrom),
        publishedTo: instantOf(question.entries.publishedTo),
      },
      question.order,
    );
    const transcriptions = library.listTranscriptions(question.transcriptions);
    return {
      ...{ entries, entriesCount: entries.length },
      ...{ transcriptions, transcriptionsCount: transcriptions.length },
      found: library.search(question.words, question.without),
      playbacks: this.#playbacks(question),
      audience: this.#audience(question, rangeOf(question, now)),
    };
  }

  #playbacks({ playbacks: asked }: SiteQuestion): string[] {
    const viewer = asked.viewer === null ? null : uuid(asked.viewer);
    return [...this.playback.playbacks.values()]
      .toReversed()
      .toSorted((a, b) => b.startedAt - a.startedAt)
      .filter((p) => asked.video === null || p.video === asked.video)
      .filter((p) => viewer === null || p.viewer === viewer)
      .filter((p) => asked.status === null || p.status === asked.status)
      .filter((p) => asked.isCompleted === null || this.playback.isCompleted(p) === asked.isCompleted)
      .map(({ token }) => token);
  }

  #audience({ audience: asked }: SiteQuestion, range: ModelRange): object | null {
    const { library, playback } = this;
    if (asked.video !== null && !playback.durations.has(asked.video)) return null;
    const isHidden = (key: string): boolean => (library.entryOf(key)?.deletedAt ?? null) !== null;
    // A video that is named counts, whatever became of its entry.
    const counts = (p: ModelPlayback): boolean =>
      asked.video === null ? asked.includesDeleted || !isHidden(p.video) : p.video === asked.video;
    const model = new AudienceModel([...playback.playbacks.values()], (p) => playback.isCompleted(p));
    const qualities = [...model.qualities(range, counts)].map(([quality, sums]) => ({ quality, ...sums }));
    return {
      ...model.of(range, counts),
      bins: model.retention(range, counts),
      qualities: qualities.toSorted((a, b) => (String(a.quality) < String(b.quality) ? -1 : 1)),
    };
  }

  /** A category that is gone is none. */
  #fields<Fields extends Partial<EntryFields>>(fields: Fields): Fields {
    const { category, publishedAt } = fields;
    const isGone = category != null && !this.library.categories.has(category);
    return {
      ...fields,
      ...(isGone ? { category: null } : {}),
      ...(publishedAt === undefined ? {} : { publishedAt: instantOf(publishedAt) }),
    };
  }
}
