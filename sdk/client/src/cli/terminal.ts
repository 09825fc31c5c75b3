import { styleText } from "node:util";

/** Where `sb` reads and writes; tests bring their own. */
export interface Terminal {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl-C. */
  readonly interrupted: AbortSignal;
}

/** The looks that are used. */
export type Look = "bold" | "dim" | "red" | "green" | "yellow";

/** Colours are for people: only on a terminal, and not against their wish (https://no-color.org). */
export const hasColours = (terminal: Terminal, stream: { readonly isTTY?: boolean }): boolean =>
  stream.isTTY === true && !terminal.env.NO_COLOR && terminal.env.TERM !== "dumb";

/** The text in a look, or as it is where there are no colours. */
export function paint(terminal: Terminal, look: Look, text: string): string {
  return hasColours(terminal, terminal.stdout) ? styleText(look, text, { validateStream: false }) : text;
}

/**
 * Names and notes come from strangers' phones: characters that steer a terminal or turn the direction of writing are
 * shown as a replacement.
 */
export const harmless = (text: string): string =>
  text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, "\ufffd");
