import { styleText } from "node:util";

const NAME_WIDTH = 10;
const COLOURS = new Map<string, "cyan" | "magenta" | "green" | "yellow">([
  ["api", "cyan"],
  ["worker", "magenta"],
  ["web", "green"],
  ["simulator", "yellow"],
]);

/** Prints one line of the launcher itself. */
export function say(sentence: string): void {
  process.stdout.write(`${label("start")}${sentence}\n`);
}

/** A transform for execa: puts the name of the process in front of each line it prints. */
export function prefixLines(name: string): (line: string) => Generator<string> {
  return function* prefixLine(line) {
    yield `${label(name)}${line}`;
  };
}

function label(name: string): string {
  const text = name.padEnd(NAME_WIDTH);
  return styleText(COLOURS.get(name) ?? "bold", text, { stream: process.stdout });
}

/** A length of time for people: "0.4 s", "12 s". */
export function formatSeconds(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  return seconds < 10 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
}
