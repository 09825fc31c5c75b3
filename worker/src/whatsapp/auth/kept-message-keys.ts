import type { AuthRecord } from "@switchboard/core/ports/auth-record-store";
import { type KeptKey, keepingMessageKey } from "../repairs/kept-message-key.ts";
import { recordKey } from "./record-codec.ts";
import { withoutMessageKey } from "./stored-chains.ts";

/** Where one kept key is stored. */
interface Place extends KeptKey {
  readonly type: string;
  readonly id: string;
}

/** The newest text of a record; undefined when that is not known, null when there is none. */
type FindText = (type: string, id: string) => string | null | undefined;

/**
 * Keys of messages that were decrypted and not answered yet. They stay in the records that the decryptions stored, so that
 * whoever holds the bot next can decrypt such a message when it is delivered again: Baileys would refuse it for good (487,
 * lib/Socket/messages-recv.js, handleMessage). A key is taken out with the first commit after the answer.
 *
 * Only keys of received messages: no chain that sends is touched, so nothing can be used twice on the wire.
 */
export class KeptMessageKeys {
  readonly #unanswered = new WeakMap<Uint8Array, Place>();
  #answered: Place[] = [];
  #isOn = false;

  /** From here on keys are kept: somebody tells of the answers. */
  turnOn(): void {
    this.#isOn = true;
  }

  /** Decrypts, and notes where the key stays. `writes`: what the decryption has stored when it is done. */
  async decrypt<T>(ciphertext: Uint8Array, writes: () => Iterable<AuthRecord>, decrypt: () => Promise<T>): Promise<T> {
    if (!this.#isOn) return decrypt();
    const { text, kept } = await keepingMessageKey(decrypt);
    for (const { type, id, value } of kept ? writes() : []) {
      if (kept && value !== null && withoutMessageKey({ type, value }, kept) !== value) {
        this.#unanswered.set(ciphertext, { ...kept, type, id });
      }
    }
    return text;
  }

  /** The message is done with: it was answered, and the program was told of it. */
  answered(ciphertext: Uint8Array): void {
    const place = this.#unanswered.get(ciphertext);
    if (place) this.#answered.push(place);
    this.#unanswered.delete(ciphertext);
  }

  /** Records whose kept keys are due to be taken out, by type. */
  due(): ReadonlyMap<string, readonly string[]> {
    return new Map(
      Array.from(
        Map.groupBy(this.#answered, ({ type }) => type),
        ([type, places]) => [type, [...new Set(places.map(({ id }) => id))]],
      ),
    );
  }

  /** The records without the keys that are due, where their present texts are known; the others stay due. */
  takeOut(find: FindText): AuthRecord[] {
    const changed = new Map<string, AuthRecord>();
    this.#answered = this.#answered.filter((place) => {
      const { type, id } = place;
      const text = changed.get(recordKey(type, id))?.value ?? find(type, id);
      if (text === undefined) return true;
      const rest = text === null ? null : withoutMessageKey({ type, value: text }, place);
      if (rest !== text) changed.set(recordKey(type, id), { type, id, value: rest });
      return false;
    });
    return [...changed.values()];
  }
}
