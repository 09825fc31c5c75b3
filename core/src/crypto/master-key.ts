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

/** The master keys a process can get at: during a rotation, and for as long as the former one is kept, more than one. */
export interface MasterKeys {
  /** The one that is meant for new things. What the database names since a rotation goes before it. */
  readonly current: MasterKey;
  /** The key of this id, looked for anew where it is not known yet. @throws WrongMasterKeyError when there is none */
  find(id: string): Promise<MasterKey>;
}

/** Something was wrapped under a master key that is not among those given. Ids are fingerprints and no secrets. */
export class WrongMasterKeyError extends Error {
  override readonly name = "WrongMasterKeyError";
  readonly expectedId: string;
  readonly givenIds: readonly string[];

  constructor(expectedId: string, givenIds: readonly string[]) {
    const [only, ...others] = givenIds;
    const given = others.length === 0 ? `key given is ${only}` : `keys given are ${givenIds.join(" and ")}`;
    super(`The database was sealed under master key ${expectedId}, but the ${given}.`);
    this.expectedId = expectedId;
    this.givenIds = givenIds;
  }
}

/** One key, and the set that holds it alone. @throws RangeError unless `material` has 32 bytes */
export async function openMasterKey(material: Bytes): Promise<MasterKey & MasterKeys> {
  if (material.length !== MASTER_KEY_BYTES) throw new RangeError(`a master key has ${MASTER_KEY_BYTES} bytes`);
  const wrappingKey = await importAeadKey(await hkdf(material, utf8("switchboard/wrapping/1"), 32));
  const id = toHex(await hkdf(material, utf8("switchboard/master-key-id/1"), 8));
  const additionalData = (context: readonly string[]) => lengthPrefixed(utf8("sbw1"), utf8(id), ...context.map(utf8));
  const key: MasterKey = {
    id,
    wrap: (secret, context) => seal(wrappingKey, secret, additionalData(context)),
    unwrap: (wrapped, context) => open(wrappingKey, wrapped, additionalData(context)),
  };
  return { ...key, ...masterKeySet(key) };
}

/** A set of keys that were all given at the start; the first is the current one. */
export function masterKeySet(current: MasterKey, ...others: readonly MasterKey[]): MasterKeys {
  const keys = [current, ...others];
  return {
    current,
    find: async (id) => {
      const found = keys.find((key) => key.id === id);
      if (found) return found;
      throw new WrongMasterKeyError(id, [...new Set(keys.map((key) => key.id))]);
    },
  };
}
