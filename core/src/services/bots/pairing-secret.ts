import type { BotId } from "@switchboard/db/schema";
import { open, seal } from "../../crypto/aead.ts";
import { concat, copyBytes, fromUtf8, lengthPrefixed, utf8 } from "../../crypto/bytes.ts";
import type { BotDataKeys } from "../auth-state/data-keys.ts";

/** A pairing row's sealed part: 4 bytes of data key id, then the seal. */
interface SealedPairing {
  readonly botId: BotId;
  readonly attemptId: string;
  readonly sealedSecret: Uint8Array | null;
}

/** Seals a QR text or pairing code under the bot's data key: whoever reads it can link a device to the bot. */
export async function sealPairingSecret(keys: BotDataKeys, row: Omit<SealedPairing, "sealedSecret">, secret: string) {
  const { id, key } = await keys.sealing(1);
  const sealed = await seal(key, utf8(secret), additionalDataOf(row, id));
  const keyId = new Uint8Array(4);
  new DataView(keyId.buffer).setUint32(0, id);
  return concat(keyId, sealed);
}

/** null when the row holds none. @throws SealBrokenError when it was altered or moved */
export async function openPairingSecret(keys: BotDataKeys, row: SealedPairing): Promise<string | null> {
  if (row.sealedSecret === null) return null;
  const bytes = copyBytes(row.sealedSecret);
  const id = new DataView(bytes.buffer).getUint32(0);
  return fromUtf8(await open(await keys.opening(id), copyBytes(bytes.subarray(4)), additionalDataOf(row, id)));
}

const additionalDataOf = (row: { botId: BotId; attemptId: string }, keyId: number) =>
  lengthPrefixed(utf8("sbp1"), utf8(row.botId), utf8(row.attemptId), utf8(String(keyId)));
