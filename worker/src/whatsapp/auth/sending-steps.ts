import type { AuthRecord } from "@switchboard/core/ports/auth-record-store";
import { BufferJSON } from "@whiskeysockets/baileys";

/** ChainType.SENDING of libsignal (src/chain_type.js). */
const SENDING_CHAIN = 1;
/** Baileys steps a sender key twice per message (lib/Signal/Group/group_cipher.js, encrypt). */
const SENDER_KEY_STEPS_PER_MESSAGE = 2;

interface StoredSession {
  readonly _sessions?: Readonly<
    Record<string, { readonly _chains: Readonly<Record<string, { chainType: number; chainKey: { counter: number } }>> }>
  >;
}

interface StoredSenderKey {
  readonly senderKeyId: number;
  readonly senderSigningKey: { readonly private?: Uint8Array };
  readonly senderChainKey: { readonly iteration: number };
}

/**
 * How many messages each sending chain of a stored record has made so far, by the chain's own name. Empty for what can send
 * nothing: other types, other people's sender keys, a deleted record. @throws SyntaxError when a record is not JSON
 */
export function sendingStepsOf({ type, value }: Pick<AuthRecord, "type" | "value">): ReadonlyMap<string, number> {
  if (value === null) return new Map();
  if (type === "session") return sessionSteps(JSON.parse(value));
  return type === "sender-key" ? senderKeySteps(value) : new Map();
}

/** libsignal counts a chain's messages from 0, and says -1 before the first. */
function sessionSteps(record: StoredSession): Map<string, number> {
  const chains = Object.values(record._sessions ?? {}).flatMap(({ _chains }) => Object.entries(_chains));
  const sending = chains.filter(([, { chainType }]) => chainType === SENDING_CHAIN);
  return new Map(sending.map(([name, { chainKey }]) => [name, chainKey.counter + 1]));
}

/** Only the own sender key has a private signing key. */
function senderKeySteps(value: string): Map<string, number> {
  const bytes: Uint8Array = JSON.parse(value, BufferJSON.reviver);
  const states: StoredSenderKey[] = JSON.parse(Buffer.from(bytes).toString("utf8"), BufferJSON.reviver);
  const own = states.filter(({ senderSigningKey }) => Buffer.from(senderSigningKey.private ?? []).length > 0);
  return new Map(
    own.map(({ senderKeyId, senderChainKey }) => [
      String(senderKeyId),
      Math.ceil(senderChainKey.iteration / SENDER_KEY_STEPS_PER_MESSAGE),
    ]),
  );
}
