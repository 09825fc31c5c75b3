import type { Disk } from "./disk.ts";
import { type Enc, stepOf } from "./ratchet-steps.ts";

/** Watches every ciphertext that leaves the bot. */
export class Wire {
  sent = 0;
  /** Steps that made two ciphertexts: the same key and IV twice. */
  readonly reused: string[] = [];
  /** Steps that were not durable when their ciphertext left. */
  readonly premature: string[] = [];
  /** Pre-key ids that were handed out with two different keys. */
  readonly reissuedPreKeys: string[] = [];
  readonly #seen = new Set<string>();
  readonly #preKeys = new Map<string, string>();
  readonly #disk: Disk;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** `recordId` names the record whose step made it; `encryptedFrom` is as in Disk.holdsStep. */
  pass(enc: Enc, recordId: string, encryptedFrom: number): void {
    this.sent += 1;
    const made = stepOf(enc);
    const name = `${made.chain} ${made.step}`;
    if (this.#seen.has(name)) this.reused.push(name);
    this.#seen.add(name);
    if (!this.#disk.holdsStep(recordId, made, encryptedFrom)) this.premature.push(name);
  }

  passPreKey(id: string, publicKey: Uint8Array): void {
    const key = Buffer.from(publicKey).toString("base64");
    if ((this.#preKeys.get(id) ?? key) !== key) this.reissuedPreKeys.push(id);
    this.#preKeys.set(id, key);
  }
}
