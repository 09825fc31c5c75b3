/** Fields that are never logged whatever object they come in. */
export const SECRET_LOG_FIELDS: readonly string[] = [
  "authorization",
  "cookie",
  "password",
  "secret",
  "token",
  "code",
  "qr",
  "creds",
  "session",
  "x-api-key",
];

/** What stands in the log in place of a secret. */
export const REDACTED = "[redacted]";

/** Name, code, message and stack of our own errors; of foreign ones the same, since drivers' messages hold no values here. */
export function describeError(err: unknown) {
  if (!(err instanceof Error)) return { message: "a value that is not an error was thrown" };
  const code = "code" in err && typeof err.code === "string" ? err.code : undefined;
  return { name: err.name, errorCode: code, message: err.message, stack: err.stack };
}
