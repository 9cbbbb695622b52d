import type { Page, PageRequest } from '../page.js';
import type { Playback, PlaybackFilter, Viewer } from './types.js';

/** What is asked about playbacks and viewers. */
export interface PlaybackStore {
  getPlayback(playbackToken: string): Promise<Playback | null>;
  /** Newest first; key [startedAtMs, playbackId]. */
  listPlaybacks(filter: PlaybackFilter, page: PageRequest): Promise<Page<Playback>>;
  countPlaybacks(filter: PlaybackFilter): Promise<number>;
  getViewer(viewerUuid: string): Promise<Viewer | null>;
  /** Removes the id; its playbacks stay, and belong to nobody. False when there is no such viewer. */
  forgetViewer(viewerUuid: string): Promise<boolean>;
}
