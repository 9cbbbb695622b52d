import type { PageKey } from '../page.js';

/** What a search document is a part of: fixed codes, one for each source of text. */
export const SearchDomain = { TRANSCRIPTION: 1, TRANSCRIPT: 2, EXTRACTION: 3 } as const;
export type SearchDomain = (typeof SearchDomain)[keyof typeof SearchDomain];

/** Domains whose subjects are videos: their documents go with the video. */
export const VIDEO_DOMAINS: readonly SearchDomain[] = [SearchDomain.TRANSCRIPTION, SearchDomain.TRANSCRIPT];

/** One searchable part of a subject: a passage of a transcript, a line of a process. */
export interface SearchPart {
  /** Place among the parts of its subject, from 0. */
  readonly part: number;
  /** Where it is in time: ms into the media, or an instant. */
  readonly atMs: number;
  readonly text: string;
}

/** A part that matches, best first. */
export interface SearchHit {
  readonly documentId: number;
  readonly subjectId: number;
  readonly part: number;
  readonly atMs: number;
  /** The smaller the better; only comparable inside of one answer of one database. */
  readonly rank: number;
}

/** A key holds no fractions, so the rank goes as text: the shortest that is read back as the same number (ECMA-262). */
export const keyOfHit = ({ rank, documentId }: Pick<SearchHit, 'rank' | 'documentId'>): PageKey => [
  String(rank),
  documentId,
];
