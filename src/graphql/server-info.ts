/** What the process knows of itself. */
export interface ServerInfo {
  readonly version: string;
  readonly startedAtMs: number;
  readonly writer: () => WriterFigures;
}

export interface WriterFigures {
  readonly depth: number;
  readonly cap: number;
  readonly accepted: number;
  readonly flushed: number;
  readonly duplicates: number;
  readonly dropped: number;
  readonly deadLetters: number;
  readonly lastFlushMs: number | null;
  readonly isRetrying: boolean;
}
