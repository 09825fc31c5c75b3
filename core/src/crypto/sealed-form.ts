import { CompactEncrypt, compactDecrypt, decodeProtectedHeader, importJWK } from "jose";
import { fromUtf8, utf8 } from "./bytes.ts";
import { type OpeningKey, readPublicP256, type SealingKey } from "./p256.ts";

/** How content keys travel: agreed with an ephemeral P-256 key, then wrapped (RFC 7518, 4.6). */
export const SEALED_ALG = "ECDH-ES+A256KW";
/** How content is enciphered (RFC 7518, 5.3). */
export const SEALED_ENC = "A256GCM";

/** Header parameters of everything sealed. A closed list: `zip`, `crit`, `jku`, `jwk`, `x5u`, `apu` and all others are refused. */
const HEADER_MEMBERS = ["alg", "enc", "typ", "cty", "kid", "epk"];
const EPHEMERAL_MEMBERS = ["kty", "crv", "x", "y"];

/**
 * Why something sealed was not opened. `unreadable`: not of the form, altered, or sealed to another key, which cannot be told
 * apart. `signature`: opened, and not signed by the service. `claims`: signed, and for somebody or something else.
 */
export type SealedRefusal = "unreadable" | "signature" | "claims" | "expired";

/** Something sealed was not accepted. Its text holds nothing of what was sealed. */
export class SealedContentError extends Error {
  override readonly name = "SealedContentError";
  readonly reason: SealedRefusal;
  constructor(reason: SealedRefusal) {
    super(`Sealed content was refused: ${reason}.`);
    this.reason = reason;
  }
}

/** What a sealed text says it is (RFC 8725, 3.11: explicit typing). */
export interface SealedType {
  readonly typ: string;
  readonly cty: string;
}

/** Seals a text to a P-256 key as a compact JWE. Who sealed it cannot be told from it: anyone can seal to a public key. */
export async function sealTo(recipient: SealingKey, type: SealedType, text: string): Promise<string> {
  const key = await importJWK({ ...recipient.publicJwk }, SEALED_ALG);
  return new CompactEncrypt(utf8(text))
    .setProtectedHeader({ alg: SEALED_ALG, enc: SEALED_ENC, kid: recipient.id, ...type })
    .encrypt(key);
}

/**
 * Opens what `sealTo` made for this type. The key is found by the header's `kid`, among those given only.
 * @throws SealedContentError unreadable, for whatever reason: more is not told
 */
export async function openSealed(
  keys: ReadonlyMap<string, OpeningKey>,
  type: SealedType,
  jwe: string,
): Promise<string> {
  try {
    if (!hasOneSpelling(jwe, 5)) throw new SealedContentError("unreadable");
    const { plaintext } = await compactDecrypt(jwe, (await findKey(keys, type, jwe)).privateKey, {
      keyManagementAlgorithms: [SEALED_ALG],
      contentEncryptionAlgorithms: [SEALED_ENC],
      maxDecompressedLength: 0,
    });
    return fromUtf8(plaintext);
  } catch {
    throw new SealedContentError("unreadable");
  }
}

async function findKey(keys: ReadonlyMap<string, OpeningKey>, type: SealedType, jwe: string): Promise<OpeningKey> {
  const header = decodeProtectedHeader(jwe);
  const { alg, enc, typ, cty, kid, epk } = header;
  const isOfForm = alg === SEALED_ALG && enc === SEALED_ENC && typ === type.typ && cty === type.cty;
  const isClosed = onlyHas(header, HEADER_MEMBERS) && onlyHas(epk ?? {}, EPHEMERAL_MEMBERS);
  const key = keys.get(kid ?? "");
  if (!isOfForm || !isClosed || !key || !(await readPublicP256(epk)).ok) throw new SealedContentError("unreadable");
  return key;
}

/** true when an object has no members but these. */
export const onlyHas = (value: object, members: readonly string[]): boolean =>
  Object.keys(value).every((member) => members.includes(member));

/**
 * true for a compact form of so many parts in which each is base64url as an encoder writes it: text that decodes to the same
 * bytes but is written differently is another text, and refused (RFC 4648, 3.5).
 */
export function hasOneSpelling(compact: string, partCount: number): boolean {
  const parts = compact.split(".");
  return parts.length === partCount && parts.every((part) => /^[\w-]*$/.test(part) && hasNoLooseBits(part));
}

/** The last character of base64url may have bits that decode to nothing; an encoder leaves them 0. */
function hasNoLooseBits(part: string): boolean {
  switch (part.length % 4) {
    case 0:
      return true;
    case 2:
      return /[AQgw]$/.test(part);
    case 3:
      return /[AEIMQUYcgkosw048]$/.test(part);
    default:
      return false;
  }
}
