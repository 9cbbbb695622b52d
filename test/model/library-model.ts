/** The library by the sentences of docs/library.md: maps, filters and sorts, nothing shared with the program. */
export type EntryState = 'PENDING' | 'PROCESSING' | 'READY' | 'FAILED';
export type TranscriptionState = 'PENDING' | 'PROCESSING' | 'COMPLETED' | 'FAILED';
export type Order = 'PUBLISHED' | 'CREATED' | 'TITLE';

export interface ModelCategory {
  name: string;
  description: string;
}

export interface ModelQuality {
  readonly name: string;
  readonly heightPx: number | null;
  readonly bitrateKbps: number | null;
}

export interface ModelSegment {
  readonly startMs: number;
  readonly endMs: number;
  readonly text: string;
}

export interface ModelTranscription {
  status: TranscriptionState;
  language: string | null;
  readonly requestedAt: number;
  updatedAt: number;
  startedAt: number | null;
  completedAt: number | null;
  error: string | null;
  words: number | null;
  content: readonly ModelSegment[] | null;
}

export interface EntryFields {
  title: string;
  description: string;
  /** Its slug. */
  category: string | null;
  status: EntryState;
  publishedAt: number | null;
}

export interface ModelEntry extends EntryFields {
  readonly slug: string;
  readonly video: string;
  error: string | null;
  readonly createdAt: number;
  updatedAt: number;
  deletedAt: number | null;
  qualities: readonly ModelQuality[];
  transcription: ModelTranscription | null;
  hasJob: boolean;
}

export interface EntryQuestion {
  readonly status: EntryState | null;
  readonly category: string | null;
  readonly text: string | null;
  readonly publishedFrom: number | null;
  readonly publishedTo: number | null;
  readonly includesDeleted: boolean;
}

export interface TranscriptionQuestion {
  readonly status: TranscriptionState | null;
  readonly language: string | null;
}

export class LibraryModel {
  readonly categories = new Map<string, ModelCategory>();
  readonly entries = new Map<string, ModelEntry>();
  /** In the order in which they came: it decides between equals. */
  readonly #videos = new Map<string, number>();
  #count = 0;

  addVideo(key: string): void {
    if (!this.#videos.has(key)) this.#videos.set(key, (this.#count += 1));
  }

  removeVideo(key: string): void {
    this.#videos.delete(key);
    for (const { slug, video } of this.entries.values()) if (video === key) this.entries.delete(slug);
  }

  createCategory(slug: string, category: ModelCategory): boolean {
    if (this.categories.has(slug)) return false;
    this.categories.set(slug, { ...category });
    return true;
  }

  editCategory(slug: string, change: Partial<ModelCategory>): boolean {
    const category = this.categories.get(slug);
    if (category !== undefined) Object.assign(category, change);
    return category !== undefined;
  }

  deleteCategory(slug: string): boolean {
    for (const entry of this.entries.values()) if (entry.category === slug) entry.category = null;
    return this.categories.delete(slug);
  }

  /** The video is there afterwards, whatever the answer is. */
  addEntry(slug: string, video: string, fields: EntryFields, now: number): 'ADDED' | 'TAKEN' | 'EXISTS' {
    this.addVideo(video);
    if (this.entryOf(video) !== null) return 'EXISTS';
    if (this.entries.has(slug)) return 'TAKEN';
    const own = { slug, video, error: null, createdAt: now, updatedAt: now, deletedAt: null };
    const parts = { qualities: [], transcription: null, hasJob: false };
    this.entries.set(slug, { ...fields, ...own, ...parts });
    return 'ADDED';
  }

  editEntry(slug: string, change: Partial<EntryFields & { error: string | null }>, now: number): boolean {
    const entry = this.#shown(slug);
    if (entry !== null) Object.assign(entry, change, { updatedAt: now });
    return entry !== null;
  }

  deleteEntry(slug: string, now: number): boolean {
    const entry = this.#shown(slug);
    if (entry !== null) Object.assign(entry, { deletedAt: now, updatedAt: now });
    return entry !== null;
  }

  restoreEntry(slug: string, now: number): boolean {
    const entry = this.entries.get(slug);
    if (entry === undefined || entry.deletedAt === null) return false;
    Object.assign(entry, { deletedAt: null, updatedAt: now });
    return true;
  }

  purgeEntry(slug: string): boolean {
    const entry = this.entries.get(slug);
    if (entry === undefined || entry.deletedAt === null) return false;
    return this.entries.delete(slug);
  }

  purgeArchive(before: number): number {
    const old = [...this.entries.values()].filter(
      ({ deletedAt }) => deletedAt !== null && deletedAt < before,
    );
    for (const { slug } of old) this.entries.delete(slug);
    return old.length;
  }

  setQualities(slug: string, qualities: readonly ModelQuality[]): boolean {
    const entry = this.#shown(slug);
    if (entry !== null) {
      entry.qualities = qualities.toSorted(
        (a, b) =>
          (b.heightPx ?? 0) - (a.heightPx ?? 0) ||
          (b.bitrateKbps ?? 0) - (a.bitrateKbps ?? 0) ||
          (a.name < b.name ? -1 : 1),
      );
    }
    return entry !== null;
  }

  enqueueJob(slug: string, now: number): boolean {
    const entry = this.#shown(slug);
    if (entry === null || entry.hasJob) return false;
    entry.hasJob = true;
    if (entry.status === 'FAILED') Object.assign(entry, { status: 'PENDING', error: null, updatedAt: now });
    return true;
  }

  request(slug: string, language: string | null, now: number): boolean {
    const entry = this.#shown(slug);
    if (entry === null || entry.transcription !== null) return false;
    const instants = { requestedAt: now, updatedAt: now, startedAt: null, completedAt: null };
    entry.transcription = {
      status: 'PENDING',
      language,
      ...instants,
      error: null,
      words: null,
      content: null,
    };
    return true;
  }

  start(slug: string, now: number): boolean {
    return this.#move(slug, ['PENDING'], { status: 'PROCESSING', startedAt: now, error: null }, now);
  }

  complete(
    slug: string,
    language: string | null,
    content: readonly ModelSegment[],
    now: number,
  ): 'COMPLETED' | 'SAME' | 'REFUSED' {
    const known = this.#shown(slug)?.transcription ?? null;
    const words = content.flatMap(({ text }) => text.split(' ')).length;
    const told = { content, words, completedAt: now, error: null, language: language ?? known?.language };
    if (this.#move(slug, ['PENDING', 'PROCESSING'], { status: 'COMPLETED', ...told }, now))
      return 'COMPLETED';
    const isSame = known?.status === 'COMPLETED' && JSON.stringify(known.content) === JSON.stringify(content);
    return isSame ? 'SAME' : 'REFUSED';
  }

  fail(slug: string, error: string, now: number): boolean {
    return this.#move(slug, ['PENDING', 'PROCESSING'], { status: 'FAILED', error }, now);
  }

  retry(slug: string, now: number): boolean {
    const cleared = { error: null, startedAt: null, completedAt: null };
    return this.#move(slug, ['COMPLETED', 'FAILED'], { status: 'PENDING', ...cleared }, now);
  }

  entryOf(video: string): ModelEntry | null {
    return [...this.entries.values()].find((entry) => entry.video === video) ?? null;
  }

  /** Slugs, by name. */
  listCategories(): string[] {
    return [...this.categories].toSorted(([, a], [, b]) => compare(a.name, b.name)).map(([slug]) => slug);
  }

  listEntries(asked: EntryQuestion, order: Order): string[] {
    const { status, category, text, publishedFrom, publishedTo, includesDeleted } = asked;
    const at = (entry: ModelEntry): number => entry.publishedAt ?? 0;
    return [...this.entries.values()]
      .filter((entry) => includesDeleted || entry.deletedAt === null)
      .filter((entry) => order !== 'PUBLISHED' || entry.publishedAt !== null)
      .filter((entry) => status === null || entry.status === status)
      .filter((entry) => category === null || entry.category === category)
      .filter((entry) => publishedFrom === null || at(entry) >= publishedFrom)
      .filter((entry) => publishedTo === null || (entry.publishedAt !== null && at(entry) < publishedTo))
      .filter((entry) => text === null || entry.title.toLowerCase().includes(text.toLowerCase()))
      .toSorted((a, b) => {
        if (order === 'TITLE') return compare(a.title, b.title) || this.#age(b) - this.#age(a);
        const newer = order === 'PUBLISHED' ? at(b) - at(a) : b.createdAt - a.createdAt;
        return newer || this.#age(a) - this.#age(b);
      })
      .map(({ slug }) => slug);
  }

  listTranscriptions({ status, language }: TranscriptionQuestion): string[] {
    return [...this.entries.values()]
      .flatMap((entry) => (entry.transcription === null ? [] : [{ entry, own: entry.transcription }]))
      .filter(({ entry }) => entry.deletedAt === null)
      .filter(({ own }) => status === null || own.status === status)
      .filter(({ own }) => language === null || own.language === language)
      .toSorted((a, b) => b.own.requestedAt - a.own.requestedAt || this.#age(a.entry) - this.#age(b.entry))
      .map(({ entry }) => entry.slug);
  }

  /** Entries in whose text all of the words stand, and the other one does not. */
  search(words: readonly string[], without: string | null): string[] {
    return [...this.entries.values()]
      .filter(({ deletedAt, transcription }) => {
        const said = new Set((transcription?.content ?? []).flatMap(({ text }) => text.split(' ')));
        const isFound = words.every((word) => said.has(word)) && !(without !== null && said.has(without));
        return deletedAt === null && isFound;
      })
      .map(({ slug }) => slug)
      .toSorted();
  }

  /** 0 is the one that came last. */
  #age({ video }: ModelEntry): number {
    return this.#count - (this.#videos.get(video) ?? 0);
  }

  #shown(slug: string): ModelEntry | null {
    const entry = this.entries.get(slug);
    return entry === undefined || entry.deletedAt !== null ? null : entry;
  }

  #move(
    slug: string,
    from: readonly TranscriptionState[],
    change: Partial<ModelTranscription>,
    now: number,
  ): boolean {
    const known = this.#shown(slug)?.transcription ?? null;
    if (known === null || !from.includes(known.status)) return false;
    Object.assign(known, change, { updatedAt: now });
    return true;
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
