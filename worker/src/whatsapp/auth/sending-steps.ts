import type { AuthRecord } from "@switchboard/core/ports/auth-record-store";
import {
  isOwnSenderKey,
  readSenderKeys,
  SENDER_KEY_STEPS_PER_MESSAGE,
  type StoredSession,
  sendingChainsOf,
} from "./stored-chains.ts";

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
const sessionSteps = (record: StoredSession): Map<string, number> =>
  new Map(sendingChainsOf(record).map(([name, { chainKey }]) => [name, chainKey.counter + 1]));

function senderKeySteps(value: string): Map<string, number> {
  return new Map(
    readSenderKeys(value)
      .filter(isOwnSenderKey)
      .map(({ senderKeyId, senderChainKey }) => [
        String(senderKeyId),
        Math.ceil(senderChainKey.iteration / SENDER_KEY_STEPS_PER_MESSAGE),
      ]),
  );
}
