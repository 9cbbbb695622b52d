/** A table that the analytics engine copies from the store, by windows of an integer key. */
export interface FactTable {
  readonly name: string;
  /** Grows with time: what is new has high keys. */
  readonly key: string;
  readonly columns: Readonly<Record<string, 'integer' | 'text'>>;
  /** Integer columns that two copies must agree on, beside the keys. */
  readonly checked: readonly string[];
  /** Keys of one window: what is read, compared and copied at once. */
  readonly windowKeys: number;
  /** Keys below the watermark that every sync compares again: rows that were committed late or have changed. */
  readonly overlapKeys: number;
}

/** Keys from `from` up to, not including, `to`. */
export interface FactWindow {
  readonly from: number;
  readonly to: number;
}

/** One copy of the facts, the store's or the engine's. */
export interface FactReader {
  /** Least key that is not below `from`. */
  firstKey(table: FactTable, from: number): Promise<number | null>;
  lastKey(table: FactTable): Promise<number | null>;
  /** Count of the rows and sums of their checked columns: equal text means equal rows, as far as anybody can tell. */
  fingerprint(table: FactTable, window: FactWindow): Promise<string>;
}

export interface FactSource extends FactReader {
  /** The rows of the window as one JSON array of arrays, in the order of the columns. */
  readWindow(table: FactTable, window: FactWindow): Promise<string>;
}

/** How far the copy of one table is. */
export interface FactTableStatus {
  readonly name: string;
  readonly rowCount: number;
  /** One above the highest key that was copied. */
  readonly nextKey: number;
  /** Null until the whole table was copied once. */
  readonly syncedAtMs: number | null;
}

export interface SyncReport {
  /** Windows that were compared, and those of them that differed and were copied. */
  readonly comparedCount: number;
  readonly copiedCount: number;
}

/** What jobs and commands do with the engine. */
export interface AnalyticsSync {
  /** Copies what is new since the last sync. Stops after a window when the signal is aborted. */
  sync(signal: AbortSignal): Promise<SyncReport>;
  /** Compares all windows: deletes and late changes are found wherever they are. */
  reconcile(signal: AbortSignal): Promise<SyncReport>;
  status(): Promise<readonly FactTableStatus[]>;
}
