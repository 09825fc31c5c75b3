/** Enough for some hundred sessions; a session record is 1 to 2 thousand characters long. */
const CACHE_CHARACTERS_MAX = 512 * 1024;

/**
 * The most recently committed records of one bot, at most `charactersMax` characters of text.
 * Filled only with what is durable: a value that was merely read could be older than a commit in flight.
 */
export class RecordCache {
  readonly #charactersMax: number;
  readonly #values = new Map<string, string | null>();
  #characters = 0;

  constructor(charactersMax: number = CACHE_CHARACTERS_MAX) {
    this.#charactersMax = charactersMax;
  }

  /** undefined when not cached, null when known to be deleted. */
  get(key: string): string | null | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    this.#values.delete(key);
    this.#values.set(key, value);
    return value;
  }

  set(key: string, value: string | null): void {
    this.#remove(key);
    this.#values.set(key, value);
    this.#characters += size(key, value);
    for (const oldest of this.#values.keys()) {
      if (this.#characters <= this.#charactersMax) return;
      this.#remove(oldest);
    }
  }

  #remove(key: string): void {
    const value = this.#values.get(key);
    if (value === undefined) return;
    this.#values.delete(key);
    this.#characters -= size(key, value);
  }
}

function size(key: string, value: string | null): number {
  return key.length + (value?.length ?? 0);
}
