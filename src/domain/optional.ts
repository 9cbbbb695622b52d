/** What a client may leave out or send as null: both say that nothing is known. */
export type Optional<Value> = Value | null | undefined;
