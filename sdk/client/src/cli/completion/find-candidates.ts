import type { Argument, Command, Option } from "commander";

/** What may stand where the cursor is. */
export interface Candidates {
  readonly words: readonly string[];
  /** true: the names of the team's bots as well. */
  readonly withBots: boolean;
  /** What every candidate begins with: the earlier parts of a list with commas. */
  readonly prefix: string;
}

/** Where a command line has come to. */
interface Place {
  readonly command: Command;
  /** Arguments before the cursor, the names of the commands not among them. */
  readonly argumentCount: number;
  /** The option whose value the cursor stands on; null elsewhere. */
  readonly option: Option | null;
}

const NOTHING: Candidates = { words: [], withBots: false, prefix: "" };

/**
 * Candidates for the word under the cursor, from the tree of commands alone.
 * @param words the words between `sb` and the cursor's, without quotes
 * @param current what is typed of the cursor's word, empty at the start of one
 */
export function findCandidates(program: Command, words: readonly string[], current: string): Candidates {
  const { command, option, argumentCount } = walk(program, words);
  const assigned = /^(--[\w-]+)=(.*)$/s.exec(current);
  if (option) return valuesOf(option, current, "");
  if (assigned) {
    const [, name = "", value = ""] = assigned;
    const named = findOption(program, command, name);
    return named ? valuesOf(named, value, `${name}=`) : NOTHING;
  }
  if (current.startsWith("-")) return { ...NOTHING, words: optionNames(program, command) };
  const names = command.commands.map((sub) => sub.name());
  return names.length > 0 ? { ...NOTHING, words: names } : argumentValues(command, argumentCount);
}

function walk(program: Command, words: readonly string[]): Place {
  let command = program;
  let option: Option | null = null;
  let argumentCount = 0;
  for (const word of words) {
    if (option) {
      option = null;
    } else if (word.startsWith("-")) {
      const found = findOption(program, command, word);
      option = found && takesValue(found) ? found : null;
    } else {
      const sub = command.commands.find((candidate) => candidate.name() === word);
      if (sub) command = sub;
      else argumentCount += 1;
    }
  }
  return { command, option, argumentCount };
}

const findOption = (program: Command, command: Command, word: string): Option | null =>
  [...command.options, ...program.options].find(({ long, short }) => word === long || word === short) ?? null;

const takesValue = (option: Option): boolean => option.required || option.optional;

function optionNames(program: Command, command: Command): string[] {
  const own = command === program ? [] : command.options;
  return [...own, ...program.options].flatMap(({ long, hidden }) => (long && !hidden ? [long] : [])).concat("--help");
}

/** In a list the last part is completed, and what stands before it is kept. */
function valuesOf(option: Option, current: string, before: string): Candidates {
  const placeholder = /[<[]([\w-]+)/.exec(option.flags)?.[1];
  const isList = placeholder === "list";
  const earlier = isList ? current.slice(0, current.lastIndexOf(",") + 1) : "";
  const withBots = placeholder === "bot" || option.long === "--bots";
  return { words: option.argChoices ?? [], withBots, prefix: before + earlier };
}

function argumentValues(command: Command, position: number): Candidates {
  const found: Argument | undefined = command.registeredArguments[position];
  if (!found) return NOTHING;
  return { words: found.argChoices ?? [], withBots: found.name() === "bot", prefix: "" };
}
