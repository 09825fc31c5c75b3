import { calculateJwkThumbprint, exportJWK } from "jose";
import { type Bytes, fromBase64Url, toBase64Url } from "./bytes.ts";
import type { SubtleKey } from "./subtle-key.ts";

const CURVE = { name: "ECDH", namedCurve: "P-256" } as const;
const COORDINATE_BYTES = 32;

/** The public half of a P-256 key, and nothing else of it (RFC 7518, 6.2.1). */
export interface P256PublicJwk {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
}

/** A P-256 key that opens what was sealed to it; `id` is its thumbprint (RFC 7638, SHA-256). */
export interface OpeningKey {
  readonly id: string;
  readonly privateKey: SubtleKey;
}

/** A P-256 key that something may be sealed to; `id` is its thumbprint (RFC 7638, SHA-256). */
export interface SealingKey {
  readonly id: string;
  readonly publicJwk: P256PublicJwk;
}

/** Why a value is not the public half of a P-256 key. `private`: it holds a secret, which has to be thrown away now. */
export type PublicJwkRefusal = "not-a-key" | "private" | "curve" | "point";

/** Members of a JWK that are secret for some kind of key (RFC 7518, 6.2.2, 6.3.2 and 6.4). */
const SECRET_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/**
 * The public half of a P-256 key out of a JWK that somebody sent. Members that are neither secret nor part of the point are
 * left out. The point is on the curve: WebCrypto does not import another.
 */
export async function readPublicP256(
  value: unknown,
): Promise<{ ok: true; key: SealingKey } | { ok: false; reason: PublicJwkRefusal }> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { ok: false, reason: "not-a-key" };
  const jwk = value as Readonly<Record<string, unknown>>;
  if (SECRET_MEMBERS.some((member) => Object.hasOwn(jwk, member))) return { ok: false, reason: "private" };
  const { kty, crv, x, y } = jwk;
  if (typeof kty !== "string") return { ok: false, reason: "not-a-key" };
  if (kty !== "EC" || crv !== "P-256") return { ok: false, reason: "curve" };
  if (!isCoordinate(x) || !isCoordinate(y)) return { ok: false, reason: "point" };
  const publicJwk = { kty, crv, x, y } as const;
  const isOnCurve = await crypto.subtle.importKey("jwk", publicJwk, CURVE, false, []).then(
    () => true,
    () => false,
  );
  if (!isOnCurve) return { ok: false, reason: "point" };
  return { ok: true, key: { id: await thumbprintOf(publicJwk), publicJwk } };
}

/** The name of a key that follows from the key itself (RFC 7638, SHA-256, base64url). */
export const thumbprintOf = ({ kty, crv, x, y }: P256PublicJwk): Promise<string> =>
  calculateJwkThumbprint({ kty, crv, x, y });

/** A new P-256 private key in PKCS #8. */
export async function createP256Material(): Promise<Bytes> {
  const pair = await crypto.subtle.generateKey(CURVE, true, ["deriveBits"]);
  return new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
}

/** A private key as WebCrypto uses it, not extractable again, with its public half. @throws DOMException for other bytes */
export async function openP256Material(pkcs8: Bytes): Promise<OpeningKey & SealingKey> {
  const { x = "", y = "" } = await exportJWK(
    await crypto.subtle.importKey("pkcs8", pkcs8, CURVE, true, ["deriveBits"]),
  );
  const publicJwk = { kty: "EC", crv: "P-256", x, y } as const;
  const privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, CURVE, false, ["deriveBits"]);
  return { id: await thumbprintOf(publicJwk), publicJwk, privateKey };
}

/**
 * The private JWK of a recipient as the key that opens what is sealed to it, not extractable again.
 * @throws TypeError when it is no private P-256 JWK
 */
export async function openPrivateP256(jwk: Readonly<Record<string, unknown>>): Promise<OpeningKey & SealingKey> {
  const { d, ...rest } = jwk;
  const found = await readPublicP256(rest);
  if (!found.ok || typeof d !== "string") throw new TypeError("This is not a private P-256 key in JWK form.");
  const full = { ...found.key.publicJwk, d };
  return { ...found.key, privateKey: await crypto.subtle.importKey("jwk", full, CURVE, false, ["deriveBits"]) };
}

function isCoordinate(value: unknown): value is string {
  if (typeof value !== "string" || value.length > COORDINATE_BYTES * 2) return false;
  try {
    const bytes = fromBase64Url(value);
    return bytes.length === COORDINATE_BYTES && toBase64Url(bytes) === value;
  } catch {
    return false;
  }
}
