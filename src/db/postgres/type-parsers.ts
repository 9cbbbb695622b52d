import pg from 'pg';

const BOOL = 16;
const BYTEA = 17;
const INT8 = 20;
const JSON_TEXT = 114;
const NUMERIC = 1700;

/**
 * What comes from the database, in one place: 64-bit integers and sums are JavaScript numbers (counters are capped far
 * below 2^53), truth values are 0 and 1, JSON stays text, bytes
 * are a Uint8Array.
 */
export const TYPES = new pg.TypeOverrides();
TYPES.setTypeParser(INT8, Number);
TYPES.setTypeParser(NUMERIC, Number);
TYPES.setTypeParser(BOOL, (text) => (text === 't' ? 1 : 0));
// The server writes `\x` and two hex digits for each byte.
TYPES.setTypeParser(BYTEA, (text) => new Uint8Array(Buffer.from(text.slice(2), 'hex')));
TYPES.setTypeParser(JSON_TEXT, (text) => text);
