import type {
  AnalyticsStore,
  CacheTotals,
  ExtractionError,
  ExtractionKind,
  ExtractionTimes,
  ExtractionTotals,
} from '../domain/analytics/extractions.js';
import type { SessionAnalytics } from '../domain/analytics/sessions.js';
import type { SliceRange } from '../domain/time.js';

/** The engine answers once its copy is complete; when it fails, the store answers from then on, and one warning says so. */
export class EngineOrStore implements AnalyticsStore {
  #hasFailed = false;
  readonly sessions: SessionAnalytics = {
    summarizeLengths: (...args) => this.#ask(({ sessions }) => sessions.summarizeLengths(...args)),
    listLengthBins: (...args) => this.#ask(({ sessions }) => sessions.listLengthBins(...args)),
    listWeekSlices: (...args) => this.#ask(({ sessions }) => sessions.listWeekSlices(...args)),
    listCohorts: (...args) => this.#ask(({ sessions }) => sessions.listCohorts(...args)),
    listLookupHeavyVideos: (...args) => this.#ask(({ sessions }) => sessions.listLookupHeavyVideos(...args)),
  };

  constructor(
    private readonly engine: AnalyticsStore,
    private readonly store: AnalyticsStore,
    private readonly isComplete: () => boolean,
    private readonly onFailed: (error: unknown) => void,
  ) {}

  summarizeExtractions(
    runs: readonly SliceRange[],
    kind: ExtractionKind | null,
  ): Promise<readonly ExtractionTotals[]> {
    return this.#ask((source) => source.summarizeExtractions(runs, kind));
  }

  summarizeExtractionTimes(range: SliceRange, kind: ExtractionKind | null): Promise<ExtractionTimes> {
    return this.#ask((source) => source.summarizeExtractionTimes(range, kind));
  }

  listExtractionErrors(range: SliceRange, kind: ExtractionKind | null): Promise<readonly ExtractionError[]> {
    return this.#ask((source) => source.listExtractionErrors(range, kind));
  }

  summarizeCache(runs: readonly SliceRange[]): Promise<readonly CacheTotals[]> {
    return this.#ask((source) => source.summarizeCache(runs));
  }

  async #ask<Answer>(question: (source: AnalyticsStore) => Promise<Answer>): Promise<Answer> {
    if (!this.#hasFailed && this.isComplete()) {
      try {
        return await question(this.engine);
      } catch (error) {
        this.#giveUp(error);
      }
    }
    return question(this.store);
  }

  /** Several questions may fail at once. */
  #giveUp(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.onFailed(error);
  }
}
