import { type AuditCheckpoint, type AuditRowContent, canonicalAuditRow } from "../domain/audit-chain.ts";
import { type Bytes, concat, equalBytes, fromHex, lengthPrefixed, toHex, utf8 } from "./bytes.ts";
import { hmac } from "./hmac.ts";
import type { SubtleKey } from "./subtle-key.ts";

/** SHA-256 of the hash before and the row's one text: 32 bytes. */
export async function hashAuditRow(previousHash: Bytes, row: AuditRowContent): Promise<Bytes> {
  const data = concat(previousHash, utf8(canonicalAuditRow(row)));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", data));
}

/** What a checkpoint says, without its signature. */
export type UnsignedCheckpoint = Omit<AuditCheckpoint, "mac">;

/** Signs a checkpoint, its times included: who marks one as pruned needs the audit key as well. */
export async function signCheckpoint(key: SubtleKey, checkpoint: UnsignedCheckpoint): Promise<AuditCheckpoint> {
  return { ...checkpoint, mac: toHex(await hmac(key, signedPart(checkpoint))) };
}

/** true when one of the keys signed the checkpoint as it is. */
export async function isCheckpointSigned(keys: readonly SubtleKey[], checkpoint: AuditCheckpoint): Promise<boolean> {
  const data = signedPart(checkpoint);
  const macs = await Promise.all(keys.map((key) => hmac(key, data)));
  return macs.some((mac) => equalBytes(mac, fromHex(checkpoint.mac)));
}

const signedPart = ({ sequence, hash, atMs, prunedAtMs }: UnsignedCheckpoint): Bytes =>
  lengthPrefixed(
    utf8("audit-checkpoint-1"),
    utf8(String(sequence)),
    fromHex(hash),
    utf8(String(atMs)),
    utf8(prunedAtMs === null ? "" : String(prunedAtMs)),
  );
