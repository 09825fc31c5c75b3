import { usageError } from "./cli-error.ts";

/**
 * Text from the command line where the api takes one of a list: the lists live there, and it names the value that is
 * wrong. Nothing is checked here.
 */
export const checkedByApi = <T>(input: unknown): T => input as T;

/** A whole number above zero. @throws CliError usage */
export function readInteger(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw usageError(`${option} takes a whole number above zero, not "${text}".`);
  return value;
}

/** Parts of a list with commas between; null when the option was not given. @throws CliError usage for an empty list */
export function readList(option: string, text: string | undefined): string[] | null {
  if (text === undefined) return null;
  const parts = text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  if (parts.length === 0) throw usageError(`${option} takes at least one value; several have commas between.`);
  return parts;
}

const SECONDS_OF: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** A length of time such as `90s`, `15m`, `24h` or `7d`, in seconds. @throws CliError usage */
export function readSeconds(option: string, text: string): number {
  const [, count = "", unit = ""] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const seconds = SECONDS_OF[unit];
  if (seconds === undefined) throw usageError(`${option} takes a time such as 90s, 15m, 24h or 7d, not "${text}".`);
  return Number(count) * seconds;
}
