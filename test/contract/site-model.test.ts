import { describeSite, type ModelBackend } from '../model/describe-model.js';
import { isPostgres, openTestStore } from '../support/store.js';

const backend: ModelBackend = async (timezone) => {
  const first = await openTestStore({ timezone });
  let store = first.store;
  return {
    get store() {
      return store;
    },
    /** Another store on the same database, as another process opens it. */
    async restart(zone) {
      if (store !== first.store) await store.close();
      ({ store } = await openTestStore({ timezone: zone }, first.location));
    },
    async [Symbol.asyncDispose]() {
      if (store !== first.store) await store.close();
      await first[Symbol.asyncDispose]();
    },
  };
};

/** A database of its own for each history is most of the time on PostgreSQL. */
describeSite(isPostgres ? 'PostgreSQL' : 'SQLite', backend, isPostgres ? 12 : 20);
