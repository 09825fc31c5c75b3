import type { AuthRecord } from "@switchboard/core/ports/auth-record-store";
import type { AuthenticationCreds } from "@whiskeysockets/baileys";

/**
 * Raises `creds.nextPreKeyId` above every pre-key about to be stored, so that both become durable in one commit.
 *
 * Baileys stores pre-keys first and emits the new id later (lib/Utils/signal.js, getNextPreKeys); a crash in between would
 * issue the same ids again with other keys.
 */
export function keepPreKeyIdsAhead(creds: AuthenticationCreds, records: readonly AuthRecord[]): void {
  for (const { type, id, value } of records) {
    if (type === "pre-key" && value !== null) creds.nextPreKeyId = Math.max(creds.nextPreKeyId, Number(id) + 1);
  }
}
