import type { StatsStore } from '../domain/stats-store.js';
import type { Clock } from '../domain/time.js';
import type { CommandKind, OverflowPolicy } from '../domain/write-command.js';
import type { Events } from '../observability/events.js';

export interface BatchWriterOptions {
  readonly store: Pick<StatsStore, 'apply' | 'bury'>;
  readonly clock: Clock;
  readonly events: Events;
  /** Commands that trigger a flush; a flush takes everything that waits. */
  readonly batchSize: number;
  readonly flushIntervalMs: number;
  readonly queueCap: number;
  readonly overflowPolicy: OverflowPolicy;
  /** How long a COMMITTED request waits before it is told UNAVAILABLE; its commands stay queued. */
  readonly commitTimeoutMs: number;
  /** Told after every commit which sessions it touched, and what kinds of commands it had. */
  readonly onCommitted: (sessionUuids: ReadonlySet<string>, kinds: ReadonlySet<CommandKind>) => void;
}
