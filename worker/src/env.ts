/** The one place where the worker reads its environment. */
export const readEnvironment = (): Readonly<Record<string, string | undefined>> => process.env;
