import { usageError } from "./cli-error.ts";
import type { Cell } from "./output.ts";

/** What the api adds to settings, and what nobody can set here. */
const READ_ONLY = new Set(["version", "repliesSuspended", "warnings"]);
const TRUE_WORDS = new Set(["true", "on", "yes"]);
const FALSE_WORDS = new Set(["false", "off", "no"]);

type Tree = Readonly<Record<string, unknown>>;

/** Settings as names and values below each other; parts have a dot in their name. */
export function flattenSettings(settings: object): [string, Cell][] {
  return leavesOf(settings as Tree)
    .filter(([name]) => name !== "version")
    .map(([name, value]) => [
      name,
      Array.isArray(value)
        ? value.join(",")
        : name === "dailyLimit"
          ? ((value as number | null) ?? "none")
          : (value as Cell),
    ]);
}

/**
 * The changes that `key=value` texts ask for, read by the kind of the present value: `none` takes a limit away, lists
 * have commas between.
 * @throws CliError usage, naming the text that is wrong and what can be set
 */
export function readAssignments(assignments: readonly string[], current: object): Record<string, unknown> {
  const leaves = new Map(leavesOf(current as Tree));
  const changes: Record<string, unknown> = {};
  for (const text of assignments) {
    const split = text.indexOf("=");
    const name = text.slice(0, split);
    if (split < 1) throw usageError(`"${text}" is no assignment.`, "Write key=value, for example dailyLimit=5.");
    if (!leaves.has(name))
      throw usageError(`There is no setting "${name}".`, `Settings: ${[...leaves.keys()].join(", ")}.`);
    put(changes, name, readValue(name, text.slice(split + 1), leaves.get(name)));
  }
  return changes;
}

function leavesOf(tree: Tree, prefix = ""): [string, unknown][] {
  return Object.entries(tree).flatMap(([key, value]): [string, unknown][] => {
    if (prefix === "" && READ_ONLY.has(key)) return [];
    const isGroup = typeof value === "object" && value !== null && !Array.isArray(value);
    return isGroup ? leavesOf(value as Tree, `${prefix}${key}.`) : [[prefix + key, value]];
  });
}

function readValue(name: string, text: string, present: unknown): unknown {
  if (typeof present === "string") return text;
  if (typeof present === "boolean") return readSwitch(name, text);
  if (Array.isArray(present)) return text === "" || text === "none" ? [] : text.split(",").map((part) => part.trim());
  return text === "none" || text === "null" ? null : readNumber(name, text);
}

function readSwitch(name: string, text: string): boolean {
  const word = text.toLowerCase();
  if (TRUE_WORDS.has(word)) return true;
  if (FALSE_WORDS.has(word)) return false;
  throw usageError(`${name} is true or false, not "${text}".`);
}

function readNumber(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw usageError(`${name} is a number, not "${text}".`);
  return value;
}

function put(changes: Record<string, unknown>, name: string, value: unknown): void {
  const [group = "", part] = name.split(".");
  if (part === undefined) changes[group] = value;
  else changes[group] = { ...(changes[group] as Tree | undefined), [part]: value };
}
