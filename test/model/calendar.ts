/**
 * Civil time by brute force: Intl is asked about every single 15-minute slice. No arithmetic with offsets, so there
 * is nothing to get wrong.
 */
export const SLICE = 15 * 60 * 1000;

export interface LocalTime {
  /** Days since 1970-01-01 of the local date. */
  readonly day: number;
  /** yyyymm of the local date. */
  readonly month: number;
  /** The Monday of the week of the local date, as a day. */
  readonly monday: number;
  /** ISO weekday, 1 is Monday. */
  readonly weekday: number;
  readonly hour: number;
  /** Local less UTC, minutes: tells the two hours apart that have the same name in autumn. */
  readonly offsetMin: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();
const slices = new Map<string, Map<number, LocalTime>>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  formats.set(zone, format);
  return format;
}

/** What the clock on the wall of a zone shows. */
export function localTimeAt(zone: string, epochMs: number): LocalTime {
  const part = (type: Intl.DateTimeFormatPartTypes): number =>
    Number(parts.find((p) => p.type === type)?.value);
  const parts = formatOf(zone).formatToParts(epochMs);
  const [year, month, date, hour] = [part('year'), part('month'), part('day'), part('hour')];
  const midnight = Date.UTC(year, month - 1, date);
  const clock = Date.UTC(year, month - 1, date, hour, part('minute'), part('second'));
  const day = midnight / (24 * 60 * 60 * 1000);
  const sundayIsZero = new Date(midnight).getUTCDay();
  const weekday = sundayIsZero === 0 ? 7 : sundayIsZero;
  return {
    day,
    month: year * 100 + month,
    monday: day - (weekday - 1),
    weekday,
    hour,
    offsetMin: Math.round((clock - epochMs) / 60_000),
  };
}

/** The local time at which a slice begins; that is where all of it counts. */
export function localTimeOfSlice(zone: string, slice: number): LocalTime {
  const ofZone = slices.get(zone) ?? new Map<number, LocalTime>();
  const local = ofZone.get(slice) ?? localTimeAt(zone, slice * SLICE);
  slices.set(zone, ofZone.set(slice, local));
  return local;
}

export const sliceAt = (epochMs: number): number => Math.floor(epochMs / SLICE);
