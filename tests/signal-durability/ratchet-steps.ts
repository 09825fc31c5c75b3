import { createRequire } from "node:module";
import type { AuthRecord } from "@switchboard/core/ports/auth-record-store";
import { BufferJSON, proto } from "@whiskeysockets/baileys";

/** One encrypted part of a stanza, as Baileys' `enc` node. */
export interface Enc {
  readonly type: "pkmsg" | "msg" | "skmsg";
  readonly ciphertext: Uint8Array;
}

/** One step of one sending chain. */
export interface ChainStep {
  readonly chain: string;
  readonly step: number;
}

interface WhisperMessage {
  readonly ephemeralKey: Buffer;
  readonly counter: number;
}

const protobufs: {
  WhisperMessage: { decode(bytes: Uint8Array): WhisperMessage };
  PreKeyWhisperMessage: { decode(bytes: Uint8Array): { readonly message: Uint8Array } };
} = createRequire(import.meta.url)("libsignal/src/protobufs.js");

const SENDING_CHAIN = 1;
const MAC_BYTES = 8;
const SIGNATURE_BYTES = 64;

/** Which sending chain made a ciphertext, and at which step; the same pair twice is a re-used message key. */
export function stepOf({ type, ciphertext }: Enc): ChainStep {
  if (type === "skmsg") {
    const { id, iteration } = proto.SenderKeyMessage.decode(ciphertext.slice(1, -SIGNATURE_BYTES));
    return { chain: `sender-key ${id}`, step: iteration ?? 0 };
  }
  const whisper = type === "msg" ? ciphertext : protobufs.PreKeyWhisperMessage.decode(ciphertext.slice(1)).message;
  const { ephemeralKey, counter } = protobufs.WhisperMessage.decode(whisper.slice(1, -MAC_BYTES));
  return { chain: Buffer.from(ephemeralKey).toString("base64"), step: counter };
}

/** The sending chains in a stored record, each with the last step it can no longer repeat. */
export function chainStepsOf({ type, value }: AuthRecord): ChainStep[] {
  if (value === null) return [];
  if (type === "session") return sessionSteps(value);
  return type === "sender-key" ? senderKeySteps(value) : [];
}

interface StoredSession {
  _sessions: Record<string, { _chains: Record<string, { chainType: number; chainKey: { counter: number } }> }>;
}

function sessionSteps(value: string): ChainStep[] {
  const { _sessions }: StoredSession = JSON.parse(value);
  return Object.values(_sessions)
    .flatMap(({ _chains }) => Object.entries(_chains))
    .filter(([, { chainType }]) => chainType === SENDING_CHAIN)
    .map(([chain, { chainKey }]) => ({ chain, step: chainKey.counter }));
}

function senderKeySteps(value: string): ChainStep[] {
  const bytes: Uint8Array = JSON.parse(value, BufferJSON.reviver);
  const states: { senderKeyId: number; senderChainKey: { iteration: number } }[] = JSON.parse(bytes.toString());
  return states.map(({ senderKeyId, senderChainKey }) => ({
    chain: `sender-key ${senderKeyId}`,
    step: senderChainKey.iteration - 1,
  }));
}
