import type { AuthRecord } from "@switchboard/core/ports/auth-record-store";
import { BufferJSON } from "@whiskeysockets/baileys";
import type { KeptKey } from "../repairs/kept-message-key.ts";

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
  /** Base64 by counter: of received messages that were not decrypted yet. */
  readonly messageKeys?: Record<string, string>;
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
  senderMessageKeys?: readonly { readonly iteration: number }[];
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

/** The text of sender keys as {@link readSenderKeys} reads it. */
export const writeSenderKeys = (states: readonly StoredSenderKey[]): string =>
  JSON.stringify(Buffer.from(JSON.stringify(states), "utf8"), BufferJSON.replacer);

/** A record's text without the key of one received message; the same text where it has none. @throws SyntaxError when it is not JSON */
export function withoutMessageKey({ type, value }: Pick<AuthRecord, "type"> & { value: string }, key: KeptKey): string {
  if (type === "session") return withoutSessionKey(value, key);
  return type === "sender-key" ? withoutGroupKey(value, key) : value;
}

function withoutSessionKey(value: string, { chain, counter }: KeptKey): string {
  const record: StoredSession = JSON.parse(value);
  const found = Object.values(record._sessions ?? {})
    .map(({ _chains }) => _chains[chain]?.messageKeys ?? {})
    .filter((messageKeys) => counter in messageKeys);
  for (const messageKeys of found) Reflect.deleteProperty(messageKeys, counter);
  return found.length > 0 ? JSON.stringify(record) : value;
}

function withoutGroupKey(value: string, { chain, counter }: KeptKey): string {
  const states = readSenderKeys(value);
  let isFound = false;
  for (const state of states) {
    const rest = (state.senderMessageKeys ?? []).filter(({ iteration }) => iteration !== counter);
    if (String(state.senderKeyId) !== chain || rest.length === state.senderMessageKeys?.length) continue;
    state.senderMessageKeys = rest;
    isFound = true;
  }
  return isFound ? writeSenderKeys(states) : value;
}

/** Only the own sender key has a private signing key. */
export const isOwnSenderKey = ({ senderSigningKey }: StoredSenderKey): boolean =>
  Buffer.from(senderSigningKey.private ?? []).length > 0;
