import { createHash } from "node:crypto";
import { PreKeyWhisperMessage, WhisperMessage } from "libsignal/src/protobufs.js";
import type { Ciphertext } from "./signal-device.ts";

const MAC_LENGTH = 8;

/** A ciphertext that used a message key of its chain for the second time. */
export interface ReusedCounter {
  readonly chain: string;
  readonly counter: number;
  /** Whether both ciphertexts are byte-identical: a repetition rather than a forked ratchet. */
  readonly isSameCiphertext: boolean;
}

/**
 * Remembers every (ratchet key, counter) ever seen from clients, over all connections and processes.
 *
 * A chain is named by its public ratchet key, which is random and new for each chain. Seeing a counter of it twice
 * means a message key and IV were used twice: the state was sent from before it was saved, or lives in two places.
 */
export class RatchetLedger {
  readonly #chains = new Map<string, Map<number, string>>();
  #ciphertextCount = 0;

  /** How many ciphertexts were recorded. */
  get ciphertextCount(): number {
    return this.#ciphertextCount;
  }

  /** Records one ciphertext; null when its key was never used before. @throws when it cannot be parsed */
  record(ciphertext: Ciphertext): ReusedCounter | null {
    const inner = innerMessage(ciphertext);
    const message = WhisperMessage.decode(inner.subarray(1, -MAC_LENGTH));
    const chain = Buffer.from(message.ephemeralKey).toString("base64");
    const digest = createHash("sha256").update(inner).digest("base64").slice(0, 12);
    const counters = this.#chains.get(chain) ?? new Map<number, string>();
    this.#chains.set(chain, counters);
    this.#ciphertextCount++;
    const earlier = counters.get(message.counter);
    if (earlier === undefined) counters.set(message.counter, digest);
    return earlier === undefined ? null : { chain, counter: message.counter, isSameCiphertext: earlier === digest };
  }
}

/** The identity key a `pkmsg` names, 32 bytes; null for a `msg`. */
export function identityOf(ciphertext: Ciphertext): Buffer | null {
  if (ciphertext.type === "msg") return null;
  return Buffer.from(PreKeyWhisperMessage.decode(ciphertext.body.subarray(1)).identityKey).subarray(1);
}

function innerMessage({ type, body }: Ciphertext): Buffer {
  return type === "msg" ? body : Buffer.from(PreKeyWhisperMessage.decode(body.subarray(1)).message);
}
