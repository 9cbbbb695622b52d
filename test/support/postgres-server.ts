import type { TestProject } from 'vitest/node';
import { startPostgres } from '../../scripts/postgres-server.mjs';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Of a user who may create databases. */
    postgresUrl: string;
  }
}

/** A PostgreSQL server for one run. Never none: without one the run fails. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { url, stop } = await startPostgres({ isDurable: false });
  project.provide('postgresUrl', url);
  return stop;
}
