/** How WhatsApp shows a piece of a text. */
type ChatStyle = "bold" | "italic" | "strike" | "mono";

/** A piece of a text that looks the same throughout. */
export interface ChatPiece {
  readonly text: string;
  readonly styles: readonly ChatStyle[];
}

const MARKS: readonly { readonly style: ChatStyle; readonly mark: string }[] = [
  { style: "mono", mark: "```" },
  { style: "bold", mark: "*" },
  { style: "italic", mark: "_" },
  { style: "strike", mark: "~" },
];

/**
 * Reads a text as WhatsApp shows it: `*bold*`, `_italic_`, `~struck~` and three backticks for fixed width. A mark counts
 * at the edge of a word only, encloses no line break, and is a plain sign where its partner is missing.
 */
export function readMarkup(text: string, styles: readonly ChatStyle[] = []): readonly ChatPiece[] {
  const found = firstMarked(text, styles);
  if (found === null) return text === "" ? [] : [{ text, styles }];
  const { style, before, inside, after } = found;
  const within = [...styles, style];
  return [
    ...(before === "" ? [] : [{ text: before, styles }]),
    ...(style === "mono" ? [{ text: inside, styles: within }] : readMarkup(inside, within)),
    ...readMarkup(after, styles),
  ];
}

function firstMarked(text: string, styles: readonly ChatStyle[]) {
  const found = MARKS.filter(({ style }) => !styles.includes(style)).flatMap(({ style, mark }) => {
    const sign = mark.replaceAll("*", "\\*");
    const body = style === "mono" ? "[\\s\\S]+?" : "\\S(?:[^\\n]*?\\S)??";
    const match = new RegExp(`(?<![\\p{L}\\p{N}])${sign}(${body})${sign}(?![\\p{L}\\p{N}])`, "u").exec(text);
    return match ? [{ style, at: match.index, whole: match[0], inside: match[1] ?? "" }] : [];
  });
  const first = found.sort((left, right) => left.at - right.at)[0];
  if (first === undefined) return null;
  const { style, at, whole, inside } = first;
  return { style, before: text.slice(0, at), inside, after: text.slice(at + whole.length) };
}
