import { AsyncLocalStorage } from "node:async_hooks";
import type { TrialDecrypt } from "./trial-decrypt.ts";

/** Where the key of one received message lies in the record of its conversation. */
export interface KeptKey {
  /** Of a session: base64 of the sender's ratchet key (libsignal src/session_record.js). Of a group: the sender key's id. */
  readonly chain: string;
  readonly counter: number;
}

/** One decryption whose message key is to stay in the record that it stores. */
export interface Keeping {
  /** null until the message was decrypted. */
  kept: KeptKey | null;
  /** What libsignal's decryption took its key from last. */
  source: { readonly chain: ReceivingChain; readonly counter: number; readonly key: unknown } | null;
}

/** The part of a chain of libsignal that holds keys of messages which were not decrypted yet. */
interface ReceivingChain {
  readonly messageKeys: Record<number, unknown>;
}

/** The parts of libsignal's SessionCipher (src/session_cipher.js) that take a message key. */
export interface KeyTaker {
  fillMessageKeys(chain: ReceivingChain, counter: number): void;
  doDecryptWhisperMessage: TrialDecrypt;
}

/** The part of Baileys' GroupCipher (lib/Signal/Group/group_cipher.js) that takes a message key; sending uses it, too. */
export interface GroupKeyTaker {
  getSenderKey(state: SenderKeyState, iteration: number): SenderMessageKey;
}

interface SenderKeyState {
  getKeyId(): number;
  addSenderMessageKey(key: SenderMessageKey): void;
  getStructure(): { readonly senderMessageKeys: readonly { seed: Uint8Array }[] };
}

interface SenderMessageKey {
  getIteration(): number;
}

/** Process-wide, because the repaired modules are: another copy of this file must see the same decryptions. */
const MARK = Symbol.for("switchboard.whatsapp.kept-message-key");

const decryptions = sharedStorage();

/**
 * Decrypts so that the record which the decryption stores can decrypt the same message once more. Answers where the key
 * lies, for whoever takes it out; null when none was used.
 */
export async function keepingMessageKey<T>(decrypt: () => Promise<T>): Promise<{ text: T; kept: KeptKey | null }> {
  const keeping: Keeping = { kept: null, source: null };
  const text = await decryptions.run(keeping, decrypt);
  return { text, kept: keeping.kept };
}

/** Makes {@link keepingMessageKey} work for messages between two. Everybody else's decryptions stay as they are. */
export function keepSessionKeys(cipher: KeyTaker): void {
  const { fillMessageKeys, doDecryptWhisperMessage } = cipher;
  cipher.fillMessageKeys = function fill(chain, counter) {
    fillMessageKeys.call(this, chain, counter);
    const keeping = decryptions.getStore();
    if (keeping) keeping.source = { chain, counter, key: chain.messageKeys[counter] };
  };
  cipher.doDecryptWhisperMessage = async function decryptAndKeep(message, session) {
    const text = await doDecryptWhisperMessage.call(this, message, session);
    const keeping = decryptions.getStore();
    const source = keeping?.source;
    const name = Object.entries(chainsOf(session)).find(([, chain]) => chain === source?.chain)?.[0];
    if (keeping && source && name !== undefined) {
      source.chain.messageKeys[source.counter] = source.key;
      keeping.kept = { chain: name, counter: source.counter };
    }
    return text;
  };
}

/**
 * Makes {@link keepingMessageKey} work for messages in groups. Also has stored keys read back as bytes: Baileys stores them in
 * a form that its own reader leaves as it is (lib/Utils/generics.js, BufferJSON), and then cannot decrypt with them, which is
 * to say no message of a group that came after a later one.
 */
export function keepGroupKeys(cipher: GroupKeyTaker): void {
  const { getSenderKey } = cipher;
  cipher.getSenderKey = function takeAndKeep(state, iteration) {
    for (const key of state.getStructure().senderMessageKeys) key.seed = Buffer.from(key.seed);
    const key = getSenderKey.call(this, state, iteration);
    const keeping = decryptions.getStore();
    if (keeping) {
      state.addSenderMessageKey(key);
      keeping.kept = { chain: String(state.getKeyId()), counter: key.getIteration() };
    }
    return key;
  };
}

function chainsOf(session: object | undefined): object {
  const chains: unknown = session && "_chains" in session ? session._chains : null;
  return typeof chains === "object" && chains !== null ? chains : {};
}

function sharedStorage(): AsyncLocalStorage<Keeping> {
  const found: unknown = Reflect.get(globalThis, MARK);
  if (found instanceof AsyncLocalStorage) return found;
  const made = new AsyncLocalStorage<Keeping>();
  Reflect.set(globalThis, MARK, made);
  return made;
}
