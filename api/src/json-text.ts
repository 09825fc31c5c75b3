/** No input of ours is deeper than a few levels; parsers and validators that walk a value are spared the rest. */
const DEPTH_MAX = 32;

/** What is wrong with a JSON text that a parser would take all the same; `path` is empty where no field can be named. */
export interface JsonDefect {
  readonly path: string;
  readonly message: string;
}

/**
 * Looks for what parsers take and understand differently: names given twice in one object, nesting beyond 32 levels, and
 * texts that are none (U+0000, halves of surrogate pairs). Null for a text without them; whether it is JSON at all is not
 * checked.
 */
export function findJsonDefect(text: string): JsonDefect | null {
  const open: (Set<string> | null)[] = [];
  let isName = false;
  for (let index = 0; index < text.length; index++) {
    switch (text[index]) {
      case "{":
      case "[":
        isName = text[index] === "{";
        open.push(isName ? new Set() : null);
        if (open.length > DEPTH_MAX) return { path: "", message: `Nested deeper than ${DEPTH_MAX} levels.` };
        break;
      case "}":
      case "]":
        open.pop();
        isName = false;
        break;
      case ",":
        isName = open.at(-1) instanceof Set;
        break;
      case '"': {
        const token = readString(text, index);
        if (token === null) return null;
        const defect = findTextDefect(token, isName ? (open.at(-1) ?? null) : null);
        if (defect) return defect;
        index += token.length - 1;
        isName = false;
        break;
      }
    }
  }
  return null;
}

/** A string with its quotes; the loops are unrolled so that no input makes it slow. */
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/sy;

function readString(text: string, from: number): string | null {
  STRING.lastIndex = from;
  return STRING.exec(text)?.[0] ?? null;
}

/** `names`: those seen in the object so far, where the string is a name. */
function findTextDefect(token: string, names: Set<string> | null): JsonDefect | null {
  const value = unescapeString(token);
  if (value === null) return null;
  if (!isText(value)) return { path: "", message: "A text may not hold U+0000 or half of a surrogate pair." };
  if (names?.has(value)) return { path: value, message: "Given more than once." };
  names?.add(value);
  return null;
}

/** true for text that every part of the product can keep: no U+0000, at which some would end it, and well-formed UTF-16. */
export const isText = (value: string): boolean => !value.includes("\u0000") && value.isWellFormed();

/** null for what is no JSON string; whoever parses the whole says so. */
function unescapeString(token: string): string | null {
  if (!token.includes("\\")) return token.slice(1, -1);
  try {
    const value: unknown = JSON.parse(token);
    return typeof value === "string" ? value : null;
  } catch {
    return null;
  }
}
