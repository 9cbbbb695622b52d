/** The only reader of the environment. */
export const readEnv = (): Readonly<Record<string, string | undefined>> => process.env;

/** Variables and folders that a driver of PostgreSQL looks at beside a URL (PostgreSQL documentation, "Environment Variables"). */
const POSTGRES_VARIABLE = /^(PG[A-Z]+|HOME|APPDATA|NODE_EXTRA_CA_CERTS)$/;

/** The part of the environment that another process needs to connect as this one does. */
export const readPostgresEnv = (): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(Object.entries(readEnv()).filter(([name]) => POSTGRES_VARIABLE.test(name)));
