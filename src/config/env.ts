/** The only reader of the environment. */
export const readEnv = (): Readonly<Record<string, string | undefined>> => process.env;

/** Without NODE_ENV GraphQL's library compares each value with each type by name as well (docs/adr/0027): call it before that is loaded. */
export function runLibrariesInProduction(): void {
  if (!process.env['NODE_ENV']) process.env['NODE_ENV'] = 'production';
}

/** Variables and folders that a driver of PostgreSQL looks at beside a URL (PostgreSQL documentation, "Environment Variables"). */
const POSTGRES_VARIABLE = /^(PG[A-Z]+|HOME|APPDATA|NODE_EXTRA_CA_CERTS)$/;

/** The part of the environment that another process needs to connect as this one does. */
export const readPostgresEnv = (): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(Object.entries(readEnv()).filter(([name]) => POSTGRES_VARIABLE.test(name)));
