/** The only reader of the environment. */
export const readEnv = (): Readonly<Record<string, string | undefined>> => process.env;
