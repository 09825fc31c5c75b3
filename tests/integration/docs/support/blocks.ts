/** A fenced block of a document. */
export interface Block {
  /** The line its fence stands in, for messages. */
  readonly line: number;
  /** `sh`, `json`, `text`, `js`, … */
  readonly language: string;
  /** Set for what a test cannot do: the word after `norun` names who does it instead. */
  readonly doneBy: string | null;
  readonly text: string;
}

const FENCED = /^```(\w+)(?: norun (\w+))?\n(.*?)^```$/gms;

/** The fenced blocks of a document in their order. */
export function readBlocks(document: string): Block[] {
  return [...document.matchAll(FENCED)].map((match) => ({
    line: document.slice(0, match.index).split("\n").length,
    language: match[1] ?? "",
    doneBy: match[2] ?? null,
    text: match[3] ?? "",
  }));
}
