/** Integer codes of the playback domain: fixed for ever, the words appear only at the edge. */
export const PlaybackStatus = { ACTIVE: 1, ENDED: 2, ABANDONED: 3 } as const;
export type PlaybackStatus = (typeof PlaybackStatus)[keyof typeof PlaybackStatus];

/**
 * How wide a period of audience roll-ups is: 15 minutes, a day or a month, all of UTC. WINDOWS are the 24 hours that begin at
 * each slice of a day. Of blocks of days there are only viewers and rankings, of months neither.
 */
export const RollUpLevel = {
  SLICE: 0,
  DAY: 1,
  MONTH: 2,
  WINDOWS: 3,
  DAYS_4: 4,
  DAYS_16: 5,
  DAYS_64: 6,
  DAYS_256: 7,
} as const;
export type RollUpLevel = (typeof RollUpLevel)[keyof typeof RollUpLevel];
