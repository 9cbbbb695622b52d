import type { Db } from './database.js';
import type { SearchSource } from './maintenance/search-rebuild.js';
import { extractionSource } from './queries/extraction-source.js';
import { transcriptionSource } from './queries/transcription-source.js';
import { transcriptSource } from './queries/transcript-source.js';

/** Every domain that can be searched states here what its documents are derived from. */
export const searchSources = (db: Db): readonly SearchSource[] => [
  transcriptSource(db),
  transcriptionSource(db),
  extractionSource(db),
];
