import { DAY_MS, type EpochDay } from '../../src/domain/time.js';

/** What Intl itself says, asked in another way than Zone asks: the answers must be equal. */

const offsetFormats = new Map<string, Intl.DateTimeFormat>();
const dateFormats = new Map<string, Intl.DateTimeFormat>();

/** Offset from the words `GMT+05:45`, ms. */
export function offsetByIntl(zone: string, epochMs: number): number {
  const format = cached(offsetFormats, zone, { timeZoneName: 'longOffset' });
  const words = format.formatToParts(epochMs).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const match = /^GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(words);
  if (match === null) throw new Error(`unreadable offset: ${words}`);
  const [, sign = '+', hours = '0', minutes = '0', seconds = '0'] = match;
  const ms = (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000;
  return sign === '-' ? -ms : ms;
}

/** The date on the wall, as an epoch day. */
export function dayByIntl(zone: string, epochMs: number): EpochDay {
  const format = cached(dateFormats, zone, { year: 'numeric', month: '2-digit', day: '2-digit' });
  return Date.parse(`${format.format(epochMs)}T00:00:00Z`) / DAY_MS;
}

/** First instant from which on no earlier date shows any more: looked for in steps of a minute, over 60 hours. */
export function dayStartByIntl(zone: string, day: EpochDay): number {
  const endMs = day * DAY_MS + 30 * 3_600_000;
  let startMs = endMs;
  // Coarse first (15 minutes), then minutes: a date that comes back for a minute is noticed by its neighbours.
  const isEarlier = (ms: number): boolean => dayByIntl(zone, ms) < day;
  while (startMs > endMs - 60 * 3_600_000 && !isEarlier(startMs)) startMs -= 900_000;
  while (isEarlier(startMs)) startMs += 60_000;
  return startMs;
}

function cached(
  formats: Map<string, Intl.DateTimeFormat>,
  zone: string,
  options: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat {
  const known = formats.get(zone) ?? new Intl.DateTimeFormat('en-CA', { timeZone: zone, ...options });
  formats.set(zone, known);
  return known;
}

export const TEST_ZONES = [
  'UTC',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'America/New_York',
  'Australia/Lord_Howe',
  'Pacific/Kiritimati',
  'America/Havana',
  'Africa/Cairo',
  'Asia/Beirut',
  'Africa/Casablanca',
  'America/St_Johns',
  'Pacific/Chatham',
  'Pacific/Apia',
  'Europe/Berlin',
  'America/Caracas',
  'Asia/Pyongyang',
] as const;
