import { createHash, randomBytes } from "node:crypto";

/**
 * Source of every random choice of one simulator: ids, phone numbers, keys.
 *
 * Without a seed it is the system's generator. With a seed the same calls in the same order give the same
 * bytes, so a failing scenario can be replayed; such keys are worthless as secrets.
 */
export class Randomness {
  readonly #seed: number | null;
  #counter = 0;

  constructor(seed?: number) {
    this.#seed = seed ?? null;
  }

  /** `length` random bytes. */
  bytes(length: number): Buffer {
    if (this.#seed === null) return randomBytes(length);
    const blocks: Buffer[] = [];
    for (let filled = 0; filled < length; filled += 32) {
      blocks.push(
        createHash("sha256")
          .update(`${this.#seed}:${this.#counter++}`)
          .digest(),
      );
    }
    return Buffer.concat(blocks).subarray(0, length);
  }

  /** Upper-case hexadecimal of `length` random bytes. */
  hex(length: number): string {
    return this.bytes(length).toString("hex").toUpperCase();
  }

  /** Integer from `min` (included) to `max` (excluded); the span is at most 2^48. */
  integer(min: number, max: number): number {
    return min + (this.bytes(6).readUIntBE(0, 6) % (max - min));
  }
}
