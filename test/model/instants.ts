/** The zones in which every statistic is compared. */
export const ZONES = [
  'UTC',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'America/New_York',
  'Australia/Lord_Howe',
  'Pacific/Kiritimati',
] as const;

/** Instants at which civil time does something. Histories are placed around them. */
export const INSTANTS: readonly number[] = [
  // New Year, in the order in which the zones reach it.
  '2025-12-31T10:00:00Z', // Kiritimati
  '2025-12-31T13:00:00Z', // Lord Howe, summer
  '2025-12-31T18:15:00Z', // Kathmandu
  '2025-12-31T18:30:00Z', // Kolkata
  '2026-01-01T00:00:00Z',
  '2026-01-01T05:00:00Z', // New York, winter
  // The end of a short month.
  '2026-02-28T10:00:00Z',
  '2026-02-28T18:15:00Z',
  '2026-03-01T00:00:00Z',
  '2026-03-01T05:00:00Z',
  // New York leaps from 02:00 to 03:00, and goes back from 02:00 to 01:00.
  '2026-03-08T05:00:00Z',
  '2026-03-08T07:00:00Z',
  '2026-11-01T04:00:00Z', // midnight, and a month's end
  '2026-11-01T06:00:00Z',
  // Lord Howe goes back half an hour from 02:00 to 01:30, and leaps half an hour from 02:00 to 02:30.
  '2026-04-04T13:00:00Z', // midnight
  '2026-04-04T15:00:00Z',
  '2026-10-03T13:30:00Z', // midnight
  '2026-10-03T15:30:00Z',
  // Plain midnights in the middle of a week and at its end.
  '2026-06-17T00:00:00Z',
  '2026-06-17T04:00:00Z',
  '2026-06-21T13:30:00Z',
  '2026-06-21T18:15:00Z',
  '2026-06-21T18:30:00Z',
  '2026-06-22T10:00:00Z',
]
  .map((text) => Date.parse(text))
  .toSorted((a, b) => a - b);

/** After everything that happens in a history: what clients report is never in the future. */
export const NOW = Date.parse('2028-06-01T12:00:00Z');
