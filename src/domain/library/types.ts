import type { VideoFields } from '../immersion/types.js';
import type { EntryStatus } from './enums.js';

export interface Category {
  readonly categoryId: number;
  readonly slug: string;
  readonly name: string;
  readonly description: string;
  readonly createdAtMs: number;
}

/** A video as a site shows it: 1:1 with a video. */
export interface Entry {
  readonly videoId: number;
  /** Never changes: links hold. */
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  readonly categoryId: number | null;
  readonly status: EntryStatus;
  readonly errorMessage: string | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly publishedAtMs: number | null;
  /** Set: hidden everywhere unless asked for, and purged when the archive window is over. */
  readonly deletedAtMs: number | null;
}

/** A variant that can be played. */
export interface Quality {
  readonly name: string;
  readonly widthPx: number | null;
  readonly heightPx: number | null;
  readonly bitrateKbps: number | null;
}

export interface EntryFilter {
  readonly status: EntryStatus | null;
  readonly categoryId: number | null;
  /** Part of the title, in any case. */
  readonly text: string | null;
  readonly publishedFromMs: number | null;
  /** Not part of the range. */
  readonly publishedToMs: number | null;
  readonly includesDeleted: boolean;
}

export interface NewEntry {
  readonly video: VideoFields;
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  readonly categoryId: number | null;
  readonly status: EntryStatus;
  readonly publishedAtMs: number | null;
}

/** Undefined leaves a field as it is; null clears it. */
export interface EntryChange {
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly categoryId?: number | null | undefined;
  readonly status?: EntryStatus | undefined;
  readonly errorMessage?: string | null | undefined;
  readonly publishedAtMs?: number | null | undefined;
}

export interface CategoryChange {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
}
