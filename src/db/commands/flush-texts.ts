import type { SqlFunctions } from '../queries/sql-functions.js';
import { EventStatements } from './events.js';
import { ExtractionStatements } from './extractions.js';
import { LookupStatements } from './lookups.js';
import { PlaybackStatements } from './playbacks.js';
import { StartStatements } from './sessions.js';
import { TelemetryStatements } from './telemetry.js';

/** What the statements of every flush are made with: their texts are made once. */
export interface FlushTexts {
  readonly starts: StartStatements;
  readonly telemetry: TelemetryStatements;
  readonly events: EventStatements;
  readonly extractions: ExtractionStatements;
  readonly playbacks: PlaybackStatements;
  readonly lookups: LookupStatements;
}

export const flushTexts = (functions: SqlFunctions): FlushTexts => ({
  starts: new StartStatements(functions),
  telemetry: new TelemetryStatements(functions),
  events: new EventStatements(functions),
  extractions: new ExtractionStatements(functions),
  playbacks: new PlaybackStatements(functions),
  lookups: new LookupStatements(functions),
});
