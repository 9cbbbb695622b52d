import type { RecordLossCommand } from '../domain/immersion/commands.js';
import { isDroppable, sessionOf, type WriteCommand } from '../domain/write-command.js';

/** Sessions whose losses wait to be written; past it a loss is only counted by kind and reason. */
const MAX_SESSIONS = 10_000;

/** Losses per session until the next flush writes them into the session's totals. */
export class LossLedger {
  readonly #counts = new Map<string, number>();

  add(command: WriteCommand): void {
    const uuid = sessionOf(command);
    if (uuid === null || !isDroppable(command)) return;
    const known = this.#counts.get(uuid);
    if (known === undefined && this.#counts.size >= MAX_SESSIONS) return;
    this.#counts.set(uuid, (known ?? 0) + 1);
  }

  take(): RecordLossCommand[] {
    const commands = [...this.#counts].map(([sessionUuid, count]): RecordLossCommand => ({
      kind: 'recordLoss',
      sessionUuid,
      count,
    }));
    this.#counts.clear();
    return commands;
  }
}
