/** A command line cut at the cursor. */
export interface CutLine {
  /** The words before the cursor's, without their quotes. */
  readonly words: readonly string[];
  /** What is typed of the cursor's word, without quotes. */
  readonly current: string;
  /** The quote the cursor stands in; empty outside of quotes. */
  readonly quote: "" | "'" | '"';
}

/** Takes the text left of the cursor apart as bash does; expansions are taken as they are written. */
export function cutLine(line: string): CutLine {
  const words: string[] = [];
  let current = "";
  let quote: CutLine["quote"] = "";
  let isWord = false;
  for (let place = 0; place < line.length; place++) {
    const character = line.charAt(place);
    if (character === "\\" && quote !== "'") {
      place += 1;
      current += line.charAt(place);
      isWord = true;
    } else if (quote === "" ? character === "'" || character === '"' : character === quote) {
      quote = quote === "" ? (character as "'" | '"') : "";
      isWord = true;
    } else if (quote === "" && /\s/.test(character)) {
      if (isWord) words.push(current);
      current = "";
      isWord = false;
    } else {
      current += character;
      isWord = true;
    }
  }
  return { words, current, quote };
}

/**
 * Candidates in the form in which bash puts them into the line: it takes a word apart at these signs
 * (COMP_WORDBREAKS) and replaces the last part only.
 */
export function forBash(candidates: readonly string[], { current, quote }: CutLine): string[] {
  const start = quote === "" ? Math.max(current.lastIndexOf(":"), current.lastIndexOf("=")) + 1 : 0;
  return candidates.map((word) => {
    const part = word.slice(start);
    return quote === "" ? part.replace(/[^\w@%+=:,./-]/gu, "\\$&") : part;
  });
}
