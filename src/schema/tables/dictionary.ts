import type { Dialect } from '../dialect/sqlite.js';

/** A dictionary of an open vocabulary: hot rows hold the id, the word is stored once. */
export const dictionary = <const Name extends string>(d: Dialect, name: Name) =>
  d.table(name, { id: d.id('id'), name: d.text('name').notNull() }, (t) => [
    d.unique(`uq_${name}_name`, [t.name]),
  ]);
