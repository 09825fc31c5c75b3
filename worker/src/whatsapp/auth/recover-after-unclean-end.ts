import { createHmac } from "node:crypto";
import { typesNotToTrust } from "@switchboard/core/domain/restored-session";
import type { AuthBatch, AuthRecord } from "@switchboard/core/ports/auth-record-store";
import type { AuthenticationCreds } from "@whiskeysockets/baileys";
import { decodeCreds, encodeCreds } from "./record-codec.ts";
import {
  isOwnSenderKey,
  readSenderKeys,
  SENDER_KEY_STEPS_PER_MESSAGE,
  type StoredSession,
  sendingChainsOf,
  writeSenderKeys,
} from "./stored-chains.ts";

/** Messages that may have been sent without a durable step. Receivers tolerate 2,000 skipped keys (libsignal). */
export const RECOVERY_MESSAGES = 64;

/** All that is stored for a bot, as an AuthRecordStore keeps it. */
export interface StoredAuthState {
  readonly creds: string;
  readonly records: Iterable<{ readonly type: string; readonly id: string; readonly value: string }>;
  /** true: nothing was sent since the last recovery that is not in this state. Without it that is not known. */
  readonly isComplete?: boolean;
}

/**
 * The batch that makes a state safe which may be older than what was sent from it: after a crash of a holder that sends
 * before it stores, an expired lease, or a restored backup. Commit it before the first socket.
 *
 * Moves every sending chain and every own sender key past RECOVERY_MESSAGES messages, `nextPreKeyId` past the stored
 * pre-keys, and drops sender key memory and device lists. Pure. Where the state is known to have every step that was taken, a
 * chain that was not used since it was last moved stays where it is, so that a process which crashes again and again does
 * not run out of the keys receivers tolerate. Of a state that may lack steps that cannot be said of any chain.
 * It does not bring back what was received meanwhile: such messages fail and are asked for again.
 * @throws CredentialsUnreadableError when the credentials are not readable; SyntaxError when a record is not JSON.
 */
export function recoverAfterUncleanEnd(state: StoredAuthState): AuthBatch {
  const creds = decodeCreds(state.creds);
  const records: AuthRecord[] = [];
  for (const { type, id, value } of state.records) {
    if (type === "pre-key") raiseNextPreKeyId(creds, Number(id));
    const recovered = recoverValue(type, value, state.isComplete ?? false);
    if (recovered !== value) records.push({ type, id, value: recovered });
  }
  const text = encodeCreds(creds);
  return { records, creds: text === state.creds ? null : text };
}

function raiseNextPreKeyId(creds: AuthenticationCreds, storedId: number): void {
  creds.nextPreKeyId = Math.max(creds.nextPreKeyId, storedId + 1);
}

function recoverValue(type: string, value: string, isComplete: boolean): string | null {
  if (typesNotToTrust.has(type)) return null;
  if (type === "session") return advanceSendingChains(value, isComplete);
  if (type === "sender-key") return advanceOwnSenderKey(value, isComplete);
  return value;
}

function advanceSendingChains(text: string, isComplete: boolean): string {
  const record: StoredSession = JSON.parse(text);
  for (const [, { chainKey }] of sendingChainsOf(record)) {
    if (!chainKey.key) continue;
    if (isComplete && chainKey.recoveredTo === chainKey.counter) continue;
    chainKey.key = stepped(Buffer.from(chainKey.key, "base64"), RECOVERY_MESSAGES).toString("base64");
    chainKey.counter += RECOVERY_MESSAGES;
    chainKey.recoveredTo = chainKey.counter;
  }
  return JSON.stringify(record);
}

/** Others' sender keys are left alone. */
function advanceOwnSenderKey(text: string, isComplete: boolean): string {
  const states = readSenderKeys(text);
  const own = states.filter(
    (state) =>
      isOwnSenderKey(state) && !(isComplete && state.senderChainKey.recoveredTo === state.senderChainKey.iteration),
  );
  if (own.length === 0) return text;
  const steps = RECOVERY_MESSAGES * SENDER_KEY_STEPS_PER_MESSAGE;
  for (const { senderChainKey } of own) {
    senderChainKey.seed = stepped(Buffer.from(senderChainKey.seed), steps);
    senderChainKey.iteration += steps;
    senderChainKey.recoveredTo = senderChainKey.iteration;
  }
  return writeSenderKeys(states);
}

/** A Signal chain key after that many messages: HMAC-SHA256 over 0x02, each time. */
function stepped(chainKey: Buffer, steps: number): Buffer {
  let key = chainKey;
  for (let step = 0; step < steps; step += 1)
    key = createHmac("sha256", key)
      .update(Buffer.from([2]))
      .digest();
  return key;
}
