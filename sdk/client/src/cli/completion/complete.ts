import type { Command } from "commander";
import { listAllBots } from "../find-bot.ts";
import { createOutput } from "../output.ts";
import { openSession } from "../session.ts";
import type { Terminal } from "../terminal.ts";
import { findCandidates } from "./find-candidates.ts";
import { type CutLine, cutLine, forBash } from "./shell-words.ts";

/** The first argument with which the scripts of the shells ask; no command is named so. */
export const COMPLETION_REQUEST = "__complete";

/** Somebody waits with a finger on the key. */
const BOTS_MS_MAX = 1_500;

/**
 * Answers the script of a shell, one candidate on a line: `__complete bash <line up to the cursor>` or
 * `__complete zsh <word…> <word under the cursor>`. Never fails: without an answer nothing is completed.
 */
export async function complete(program: Command, terminal: Terminal, args: readonly string[]): Promise<void> {
  const [shell, ...given] = args;
  const cut: CutLine =
    shell === "bash"
      ? withoutProgram(cutLine(given[0] ?? ""))
      : { words: given.slice(0, -1), current: given.at(-1) ?? "", quote: "" };
  const { words, withBots, prefix } = findCandidates(program, cut.words, cut.current);
  const bots = withBots ? await botNames(terminal).catch(() => []) : [];
  const fitting = [...words, ...bots]
    // A line is one candidate, and what strangers write must not steer the terminal.
    .filter((word) => !/[\p{Cc}\u2028\u2029]/u.test(word))
    .map((word) => prefix + word)
    .filter((word) => word.startsWith(cut.current));
  const shown = shell === "bash" ? forBash(fitting, cut) : fitting;
  for (const word of shown) terminal.stdout.write(`${word}\n`);
}

const withoutProgram = (cut: CutLine): CutLine => ({ ...cut, words: cut.words.slice(1) });

async function botNames(terminal: Terminal): Promise<string[]> {
  const interrupted = AbortSignal.any([terminal.interrupted, AbortSignal.timeout(BOTS_MS_MAX)]);
  const quiet = { ...terminal, interrupted };
  const session = await openSession(quiet, createOutput(quiet, true), {});
  return (await listAllBots(session.client())).map((bot) => bot.name);
}
