import { BufferJSON } from "@whiskeysockets/baileys";

/** ChainType.SENDING of libsignal (src/chain_type.js). */
const SENDING_CHAIN = 1;

/** Baileys steps a sender key twice per message (lib/Signal/Group/group_cipher.js, encrypt). */
export const SENDER_KEY_STEPS_PER_MESSAGE = 2;

/** The serialised form of libsignal's SessionRecord (src/session_record.js), as far as it is read here. */
export interface StoredSession {
  readonly _sessions?: Readonly<Record<string, { readonly _chains: Readonly<Record<string, StoredChain>> }>>;
}

interface StoredChain {
  readonly chainType: number;
  readonly chainKey: StoredChainKey;
}

/** The place of a chain, and where a recovery left it. libsignal keeps no other field, so that goes with the chain's next use. */
interface StoredChainKey {
  counter: number;
  recoveredTo?: number;
  /** Base64; absent when the chain was closed. */
  key?: string;
}

/** The structure of Baileys' SenderKeyState (lib/Signal/Group/sender-key-state.js), as far as it is read here. */
export interface StoredSenderKey {
  readonly senderKeyId: number;
  readonly senderSigningKey: { readonly private?: Uint8Array };
  readonly senderChainKey: { iteration: number; seed: Uint8Array; recoveredTo?: number };
}

/** The sending chains of a session record by their names, as they are inside it. */
export const sendingChainsOf = (record: StoredSession): readonly (readonly [string, StoredChain])[] =>
  Object.values(record._sessions ?? {})
    .flatMap(({ _chains }) => Object.entries(_chains))
    .filter(([, { chainType }]) => chainType === SENDING_CHAIN);

/** The states of a stored sender key. @throws SyntaxError when it is not JSON */
export function readSenderKeys(text: string): readonly StoredSenderKey[] {
  const bytes: Uint8Array = JSON.parse(text, BufferJSON.reviver);
  return JSON.parse(Buffer.from(bytes).toString("utf8"), BufferJSON.reviver);
}

/** Only the own sender key has a private signing key. */
export const isOwnSenderKey = ({ senderSigningKey }: StoredSenderKey): boolean =>
  Buffer.from(senderSigningKey.private ?? []).length > 0;
