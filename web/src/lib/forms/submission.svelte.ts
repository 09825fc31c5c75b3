import { type Refusal, readRefusal } from "#lib/api/refusal.ts";

/** One form on its way to the api: whether it is under way, and what was wrong with it. */
export class Submission {
  #busy = $state(false);
  #refusal = $state.raw<Refusal | null>(null);

  /** The api has not answered yet. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Why the last try failed; null: it did not. */
  get refusal(): Refusal | null {
    return this.#refusal;
  }

  /** What belongs above the form: a refusal that is not about one of its fields. */
  get message(): string | null {
    const refusal = this.#refusal;
    return refusal === null || refusal.fields.some(({ path }) => path !== "") ? null : refusal.message;
  }

  /** What is wrong with a field; `path` is dotted. undefined: nothing. A list's field also gets what is wrong inside it. */
  errorOf(path: string): string | undefined {
    return this.#refusal?.fields.find((field) => field.path === path || field.path.startsWith(`${path}.`))?.message;
  }

  /** Forgets what was wrong. */
  reset(): void {
    this.#refusal = null;
  }

  /** Does the work unless another is under way; undefined when it failed, and `refusal` says why. */
  async run<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (this.#busy) return undefined;
    this.#busy = true;
    this.#refusal = null;
    try {
      return await work();
    } catch (err) {
      this.#refusal = readRefusal(err);
      return undefined;
    } finally {
      this.#busy = false;
    }
  }
}
