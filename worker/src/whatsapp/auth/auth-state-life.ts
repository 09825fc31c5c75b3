import { AuthStateClosedError, AuthStateDeadError } from "./errors.ts";

/** Open, then closed (clean) or dead (a commit failed); never back. */
export class AuthStateLife {
  #closed = false;
  #death: AuthStateDeadError | undefined;
  readonly #onDeath: (error: AuthStateDeadError) => void;

  /** `onDeath` runs in the tick of the first death and must not throw. */
  constructor(onDeath: (error: AuthStateDeadError) => void) {
    this.#onDeath = onDeath;
  }

  /** Why the state is dead; undefined while it is not. */
  get death(): AuthStateDeadError | undefined {
    return this.#death;
  }

  /** Whether the write gate is shut. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** Shuts the write gate; reads go on. */
  close(): void {
    this.#closed = true;
  }

  /** Only the first cause counts. Returns the error to throw. */
  die(cause: unknown): AuthStateDeadError {
    if (!this.#death) {
      this.#death = new AuthStateDeadError("the auth state ended: what is durable is unknown", { cause });
      this.#onDeath(this.#death);
    }
    return this.#death;
  }

  /** @throws AuthStateDeadError after a failed commit. */
  assertReadable(): void {
    if (this.#death) throw this.#death;
  }

  /** @throws AuthStateDeadError after a failed commit, AuthStateClosedError after `close`. */
  assertWritable(): void {
    this.assertReadable();
    if (this.#closed) throw new AuthStateClosedError("the auth state was closed");
  }
}
