/** Texts that must never be printed, each with a name for the message of a failing test. */
export class Secrets {
  readonly #texts = new Map<string, string>();

  /** Remembers a secret and returns it. @throws {Error} when it is so short that it could appear by chance */
  add(name: string, text: string): string {
    if (text.length < 8) throw new Error(`${name} is too short to be looked for`);
    this.#texts.set(text, name);
    return text;
  }

  get count(): number {
    return this.#texts.size;
  }

  /** The names of the secrets that stand in the lines. */
  leakedInto(lines: readonly string[]): string[] {
    const printed = lines.join("\n");
    return [...this.#texts].filter(([text]) => printed.includes(text)).map(([, name]) => name);
  }
}
