import { open, SealBrokenError, seal } from "./aead.ts";
import { type Bytes, copyBytes, fromUtf8, lengthPrefixed, utf8 } from "./bytes.ts";
import { hmac } from "./hmac.ts";
import type { SubtleKey } from "./subtle-key.ts";

/** Where a sealed record belongs. All of it is bound to the ciphertext, so a row moved, rolled back or renamed is refused. */
export interface RecordAddress {
  readonly botId: string;
  readonly type: string;
  /** HMAC of type and id, see {@link recordKeyOf}. */
  readonly recordKey: Uint8Array;
  /** The revision of the batch that writes the record. */
  readonly version: number;
  readonly dataKeyId: number;
}

/** The name a record has in the database: an HMAC, since key ids hold phone numbers and LIDs. */
export const recordKeyOf = (indexKey: SubtleKey, botId: string, type: string, id: string): Promise<Bytes> =>
  hmac(indexKey, lengthPrefixed(utf8(botId), utf8(type), utf8(id)));

/** Seals one record; its id travels inside, so that a record found by scanning can be named. */
export const sealRecord = (dataKey: SubtleKey, address: RecordAddress, id: string, value: string): Promise<Bytes> =>
  seal(dataKey, utf8(`${id}\n${value}`), additionalDataOf(address));

/** Opens what {@link sealRecord} made. @throws SealBrokenError when any part of the address differs or a bit was changed */
export async function openRecord(
  dataKey: SubtleKey,
  address: RecordAddress,
  ciphertext: Uint8Array,
): Promise<{ id: string; value: string }> {
  const text = fromUtf8(await open(dataKey, copyBytes(ciphertext), additionalDataOf(address)));
  const end = text.indexOf("\n");
  if (end < 0) throw new SealBrokenError();
  return { id: text.slice(0, end), value: text.slice(end + 1) };
}

const additionalDataOf = (address: RecordAddress): Bytes =>
  lengthPrefixed(
    utf8("sb1"),
    utf8(address.botId),
    utf8(address.type),
    address.recordKey,
    utf8(String(address.version)),
    utf8(String(address.dataKeyId)),
  );
