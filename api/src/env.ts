/** The one place where the api reads its environment. */
export const readEnvironment = (): Readonly<Record<string, string | undefined>> => process.env;
