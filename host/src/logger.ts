import pino, { type Logger } from "pino";
import { describeError, REDACTED, SECRET_LOG_FIELDS } from "./log-fields.ts";

export type { Logger } from "pino";

/** A structured logger of one process. Secrets are named in no field it writes; redaction is the second line of defence. */
export function createLogger(process: string, level: string): Logger {
  const paths = SECRET_LOG_FIELDS.flatMap((field) => [`["${field}"]`, `*["${field}"]`]);
  return pino({
    level,
    base: { process },
    redact: { paths, censor: REDACTED },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: describeError },
  });
}
