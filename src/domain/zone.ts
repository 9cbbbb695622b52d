import { badInput } from './errors.js';
import { DAY_MS, MINUTE_MS, type EpochDay } from './time.js';

/** Between two probes a zone is assumed to change its offset at most once. */
const WINDOW_MS = 7 * DAY_MS;
/** 4,096 weeks are 78 years of one zone; past that the cache of that zone starts anew. */
const MAX_WINDOWS = 4_096;
/** Zones kept; clients may name any of about 600. */
const MAX_ZONES = 128;

interface Window {
  readonly startOffsetMs: number;
  readonly endOffsetMs: number;
  /** The instant at which the offset changes inside this window, or null. */
  readonly transitionMs: number | null;
}

/**
 * Offsets of one IANA zone, read from Intl and kept by week. Asking Intl costs microseconds each time;
 * a year of day bounds through this cache costs a few hundred nanoseconds a day.
 */
export class Zone {
  readonly #format: Intl.DateTimeFormat;
  readonly #windows = new Map<number, Window>();

  constructor(readonly name: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** Milliseconds to add to UTC to get local time. */
  offsetMs(epochMs: number): number {
    const window = this.#window(Math.floor(epochMs / WINDOW_MS));
    return window.transitionMs === null || epochMs < window.transitionMs
      ? window.startOffsetMs
      : window.endOffsetMs;
  }

  /** Civil day an instant lies in. */
  dayOf(epochMs: number): EpochDay {
    return Math.floor((epochMs + this.offsetMs(epochMs)) / DAY_MS);
  }

  /** The first instant in `(fromMs, toMs]` at which the offset differs from that of `fromMs`, or null. */
  transitionBetween(fromMs: number, toMs: number): number | null {
    for (let index = Math.floor(fromMs / WINDOW_MS); index * WINDOW_MS <= toMs; index += 1) {
      const { transitionMs } = this.#window(index);
      if (transitionMs !== null && transitionMs > fromMs && transitionMs <= toMs) return transitionMs;
    }
    return null;
  }

  /**
   * First instant of a civil day. Where midnight does not exist it is the instant of the change; where a zone
   * falls back across midnight, the day starts when the date changes for good, so days never interleave.
   */
  dayStartMs(day: EpochDay): number {
    const midnight = day * DAY_MS;
    const before = this.offsetMs(midnight - DAY_MS);
    const after = this.offsetMs(midnight + DAY_MS);
    const candidate = midnight - before;
    if (before === after) return candidate;
    const transition = this.transitionBetween(midnight - DAY_MS, midnight + DAY_MS);
    if (transition === null) return candidate;
    if (candidate < transition) return this.dayOf(transition) >= day ? candidate : midnight - after;
    return Math.max(midnight - after, transition);
  }

  #window(index: number): Window {
    const known = this.#windows.get(index);
    if (known !== undefined) return known;
    if (this.#windows.size >= MAX_WINDOWS) this.#windows.clear();
    const startMs = index * WINDOW_MS;
    const endMs = startMs + WINDOW_MS;
    const startOffsetMs = this.#windows.get(index - 1)?.endOffsetMs ?? this.#probe(startMs);
    const endOffsetMs = this.#probe(endMs);
    const transitionMs =
      startOffsetMs === endOffsetMs ? null : this.#findTransition(startMs, endMs, startOffsetMs);
    const window = { startOffsetMs, endOffsetMs, transitionMs };
    this.#windows.set(index, window);
    return window;
  }

  /** Zones change their offset on whole minutes (IANA tz data since 1972). */
  #findTransition(startMs: number, endMs: number, startOffsetMs: number): number {
    let low = startMs / MINUTE_MS;
    let high = endMs / MINUTE_MS;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.#probe(middle * MINUTE_MS) === startOffsetMs) low = middle;
      else high = middle;
    }
    return high * MINUTE_MS;
  }

  #probe(epochMs: number): number {
    const part: Record<string, string> = {};
    for (const { type, value } of this.#format.formatToParts(epochMs)) part[type] = value;
    const year = part['era'] === 'BC' ? 1 - Number(part['year']) : Number(part['year']);
    const local = Date.UTC(
      year,
      Number(part['month']) - 1,
      Number(part['day']),
      Number(part['hour']),
      Number(part['minute']),
      Number(part['second']),
    );
    return local - Math.floor(epochMs / 1000) * 1000;
  }
}

const zones = new Map<string, Zone>();

/** The rules of an IANA zone (`Asia/Kathmandu`). Throws BAD_USER_INPUT for a name that Intl does not know. */
export function zoneOf(name: string): Zone {
  const known = zones.get(name);
  if (known !== undefined) return known;
  // Intl also accepts "+05:30"; a zone without a name has no history, so it is not an IANA zone.
  if (!/^[A-Za-z][A-Za-z0-9_+\-/]{0,63}$/.test(name))
    throw badInput(`"${name.slice(0, 64)}" is not an IANA time zone`);
  let zone: Zone;
  try {
    zone = new Zone(name);
  } catch {
    throw badInput(`"${name}" is not an IANA time zone`);
  }
  if (zones.size >= MAX_ZONES) zones.clear();
  zones.set(name, zone);
  return zone;
}
