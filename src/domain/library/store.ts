import type { Page, PageRequest } from '../page.js';
import type { EntryOrder } from './enums.js';
import type {
  Category,
  CategoryChange,
  Entry,
  EntryChange,
  EntryFilter,
  NewEntry,
  Quality,
} from './types.js';

/** Categories and entries. Changes answer whether they changed a row: false is what is not there, or not in that state. */
export interface LibraryStore {
  /** All, by name; at most MAX_CATEGORIES are ever stored. */
  listCategories(): Promise<readonly Category[]>;
  listCategoriesByIds(categoryIds: readonly number[]): Promise<readonly Category[]>;
  getCategory(slug: string): Promise<Category | null>;
  /** False when the slug is taken, or no more categories fit. */
  createCategory(category: Omit<Category, 'categoryId'>): Promise<boolean>;
  editCategory(slug: string, change: CategoryChange): Promise<boolean>;
  /** Its entries stay, without a category. */
  deleteCategory(slug: string): Promise<boolean>;

  /** Deleted ones too: who asks decides. */
  getEntry(slug: string): Promise<Entry | null>;
  listEntriesByVideoIds(videoIds: readonly number[]): Promise<readonly Entry[]>;
  /** Keys: [publishedAtMs, videoId] and [createdAtMs, videoId], newest first, or [title, videoId]. PUBLISHED leaves out what is not. */
  listEntries(filter: EntryFilter, order: EntryOrder, page: PageRequest): Promise<Page<Entry>>;
  countEntries(filter: EntryFilter, order: EntryOrder): Promise<number>;
  /** TAKEN: the slug belongs to another video. EXISTS: the video has an entry already. */
  addEntry(entry: NewEntry, nowMs: number): Promise<'ADDED' | 'TAKEN' | 'EXISTS'>;
  /** Not of deleted ones. */
  editEntry(slug: string, change: EntryChange, nowMs: number): Promise<boolean>;
  deleteEntry(slug: string, nowMs: number): Promise<boolean>;
  restoreEntry(slug: string, nowMs: number): Promise<boolean>;
  /** Removes the entry and what hangs on it, only if it is deleted; the video stays with its sessions. */
  purgeEntry(slug: string): Promise<boolean>;
  /** Removes entries deleted before the instant, in chunks; answers how many. */
  purgeArchive(deletedBeforeMs: number, signal: AbortSignal): Promise<number>;

  /** Replaces the qualities of an entry. */
  setQualities(slug: string, qualities: readonly Quality[]): Promise<boolean>;
  /** In the order of the ids; best first. */
  listQualities(videoIds: readonly number[]): Promise<readonly (readonly Quality[])[]>;
}

/** Categories one library has at most: they are listed whole. */
export const MAX_CATEGORIES = 1_000;
/** Qualities of one entry. */
export const MAX_QUALITIES = 50;
