/** What PostgreSQL cannot store as text: NUL, and halves of characters. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;

/** Whether a string is text that every database takes. */
export const isText = (value: string): boolean => !UNSTORABLE.test(value);
