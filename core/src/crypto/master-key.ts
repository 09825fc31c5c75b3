import { importAeadKey, open, seal } from "./aead.ts";
import { type Bytes, lengthPrefixed, toHex, utf8 } from "./bytes.ts";
import { hkdf } from "./hmac.ts";

/** Bytes of master key material. */
export const MASTER_KEY_BYTES = 32;

/** The master key wraps other keys and does nothing else, so that rotating it re-wraps and changes nothing else. */
export interface MasterKey {
  /** A fingerprint that names the key without telling it; stored beside everything the key wraps. */
  readonly id: string;
  /** `context` is bound to the result: the same list must be given to `unwrap`. */
  wrap(secret: Bytes, context: readonly string[]): Promise<Bytes>;
  /** @throws SealBrokenError for another context, another key or altered bytes */
  unwrap(wrapped: Bytes, context: readonly string[]): Promise<Bytes>;
}

/** @throws RangeError unless `material` has 32 bytes */
export async function openMasterKey(material: Bytes): Promise<MasterKey> {
  if (material.length !== MASTER_KEY_BYTES) throw new RangeError(`a master key has ${MASTER_KEY_BYTES} bytes`);
  const wrappingKey = await importAeadKey(await hkdf(material, utf8("switchboard/wrapping/1"), 32));
  const id = toHex(await hkdf(material, utf8("switchboard/master-key-id/1"), 8));
  const additionalData = (context: readonly string[]) => lengthPrefixed(utf8("sbw1"), utf8(id), ...context.map(utf8));
  return {
    id,
    wrap: (secret, context) => seal(wrappingKey, secret, additionalData(context)),
    unwrap: (wrapped, context) => open(wrappingKey, wrapped, additionalData(context)),
  };
}
