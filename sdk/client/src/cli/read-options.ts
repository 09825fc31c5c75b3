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
