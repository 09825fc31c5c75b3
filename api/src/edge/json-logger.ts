import type { Settings } from "@switchboard/core/config/parse-settings";
import { describeError, REDACTED, SECRET_LOG_FIELDS } from "@switchboard/host/log-fields";
import type { AppLogger } from "../app-deps.ts";

const LEVELS = ["trace", "debug", "info", "warn", "error", "silent"] as const;
const SECRETS: ReadonlySet<string> = new Set(SECRET_LOG_FIELDS);

/** JSON lines in the form of node's logger, with the same fields redacted: at the top and one level below. */
export function createJsonLogger(level: Settings["LOG_LEVEL"], write: (line: string) => void): AppLogger {
  const log = (lineLevel: "info" | "warn" | "error") => (fields: object, message: string) => {
    if (LEVELS.indexOf(lineLevel) < LEVELS.indexOf(level)) return;
    const line = { level: lineLevel, time: new Date().toISOString(), process: "api", ...plain(fields), msg: message };
    write(JSON.stringify(line));
  };
  return { info: log("info"), warn: log("warn"), error: log("error") };
}

function plain(fields: object): object {
  const shown = Object.entries(fields).map(([name, value]) => [name, name === "err" ? describeError(value) : value]);
  return redact(Object.fromEntries(shown.map(([name, value]) => [name, isObject(value) ? redact(value) : value])));
}

const redact = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, SECRETS.has(name) ? REDACTED : value]));

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
