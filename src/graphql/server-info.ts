import type { WriterStatus } from '../domain/write-command.js';

/** What the process knows of itself. */
export interface ServerInfo {
  readonly version: string;
  readonly startedAtMs: number;
  readonly writer: () => WriterStatus;
}
