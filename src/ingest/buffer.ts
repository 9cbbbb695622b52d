import { isDroppable, type OverflowPolicy, type WriteCommand } from '../domain/write-command.js';
import type { Ticket } from './ticket.js';

/** A command that waits, with the request that wants to know its end (COMMITTED), if any. */
export interface Entry {
  readonly command: WriteCommand;
  readonly ticket: Ticket | null;
  /** Place in its request. */
  readonly index: number;
}

/** First in, first out, without moving the rest. */
class Fifo<Item> {
  #items: (Item | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  shift(): Item | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head > 1_024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  takeAll(): Item[] {
    const taken = this.#items.slice(this.#head) as Item[];
    this.#items = [];
    this.#head = 0;
    return taken;
  }
}

/**
 * The bounded buffer in front of the flushes. Samples and events give way first: a start, an end or a video is only
 * dropped when nothing else is left to drop.
 */
export class Buffer {
  readonly #keepers = new Fifo<Entry>();
  readonly #droppables = new Fifo<Entry>();

  constructor(
    readonly cap: number,
    readonly policy: OverflowPolicy,
  ) {}

  get depth(): number {
    return this.#keepers.length + this.#droppables.length;
  }

  /** Adds an entry; answers the one that was lost for it (possibly itself), or null. Never grows past the cap. */
  add(entry: Entry): Entry | null {
    const lost = this.depth < this.cap ? null : this.#makeRoom(entry);
    if (lost !== entry) this.#laneOf(entry).push(entry);
    return lost;
  }

  /** Everything that waits, keepers first: a flush orders by kind anyway. */
  takeAll(): Entry[] {
    return [...this.#keepers.takeAll(), ...this.#droppables.takeAll()];
  }

  #makeRoom(entry: Entry): Entry {
    const isIncomingDroppable = isDroppable(entry.command);
    if (this.policy === 'DROP_OLDEST') {
      const oldest = this.#droppables.shift();
      if (oldest !== undefined) return oldest;
      return isIncomingDroppable ? entry : (this.#keepers.shift() ?? entry);
    }
    // DROP_NEWEST, and BACKPRESSURE for what the server itself adds: only keepers push others out.
    return isIncomingDroppable ? entry : (this.#droppables.shift() ?? entry);
  }

  #laneOf(entry: Entry): Fifo<Entry> {
    return isDroppable(entry.command) ? this.#droppables : this.#keepers;
  }
}
