import type { Entry } from './buffer.js';
import type { Ticket } from './ticket.js';

/** The entries of one request that wants to know its end, or all of those that do not. */
export interface EntryGroup {
  readonly ticket: Ticket | null;
  readonly entries: readonly Entry[];
}

export function groupEntries(entries: readonly Entry[]): readonly EntryGroup[] {
  const groups = new Map<Ticket | null, Entry[]>();
  for (const entry of entries) {
    const group = groups.get(entry.ticket);
    if (group === undefined) groups.set(entry.ticket, [entry]);
    else group.push(entry);
  }
  return [...groups].map(([ticket, own]) => ({ ticket, entries: own }));
}
