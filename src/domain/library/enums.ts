/** Integer codes of the library: fixed for ever, the words appear only at the edge. */
export const EntryStatus = { PENDING: 0, PROCESSING: 1, READY: 2, FAILED: 3 } as const;
export type EntryStatus = (typeof EntryStatus)[keyof typeof EntryStatus];

export const ENTRY_ORDERS = ['PUBLISHED', 'CREATED', 'TITLE'] as const;
export type EntryOrder = (typeof ENTRY_ORDERS)[number];
