/** Integer codes of the immersion domain: fixed for ever, the words appear only at the edge. */
export const SourceType = { LOCAL: 1, REMOTE: 2 } as const;
export type SourceType = (typeof SourceType)[keyof typeof SourceType];

export const SessionStatus = { ACTIVE: 1, ENDED: 2, ABANDONED: 3 } as const;
export type SessionStatus = (typeof SessionStatus)[keyof typeof SessionStatus];

export const EventType = {
  SUBTITLE_LINE: 1,
  MEDIA_BUFFER: 2,
  LOOKUP: 3,
  CARD_MINED: 4,
  SEEK_FORWARD: 5,
  SEEK_BACKWARD: 6,
  PAUSE_START: 7,
  PAUSE_END: 8,
  DICTIONARY_LOOKUP: 9,
} as const;
export type EventType = (typeof EventType)[keyof typeof EventType];

export const SubtitleMode = { OFF: 0, TARGET: 1, DUAL: 2, NATIVE: 3 } as const;
export type SubtitleMode = (typeof SubtitleMode)[keyof typeof SubtitleMode];
