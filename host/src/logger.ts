import pino, { type Logger } from "pino";

export type { Logger } from "pino";

/** Fields that are never logged whatever object they come in. */
const SECRET_FIELDS = [
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

/** A structured logger of one process. Secrets are named in no field it writes; redaction is the second line of defence. */
export function createLogger(process: string, level: string): Logger {
  const paths = SECRET_FIELDS.flatMap((field) => [`["${field}"]`, `*["${field}"]`]);
  return pino({
    level,
    base: { process },
    redact: { paths, censor: "[redacted]" },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: describeError },
  });
}

/** Name, code, message and stack of our own errors; of foreign ones the same, since drivers' messages hold no values here. */
function describeError(err: unknown) {
  if (!(err instanceof Error)) return { message: "a value that is not an error was thrown" };
  const code = "code" in err && typeof err.code === "string" ? err.code : undefined;
  return { name: err.name, errorCode: code, message: err.message, stack: err.stack };
}
