import { compactVerify, decodeProtectedHeader } from "jose";
import {
  type Bytes,
  equalBytes,
  fromBase64Url,
  fromUtf8,
  lengthPrefixed,
  randomBytes,
  toBase64Url,
  utf8,
} from "./bytes.ts";
import { hmac } from "./hmac.ts";
import type { P256PublicJwk } from "./p256.ts";
import { hasOneSpelling, onlyHas } from "./sealed-form.ts";
import type { SubtleKey } from "./subtle-key.ts";

/** The `typ` of the JWS by which the owner of a private key proves that it is theirs. */
export const RECIPIENT_PROOF_TYPE = "recipient-proof+jwt";
/** How long a challenge may be answered. */
export const CHALLENGE_SECONDS = 300;

const NONCE_BYTES = 16;

/** What a challenge is for: it proves nothing about another API key or another public key. */
export interface ChallengeSubject {
  readonly keyId: string;
  /** Of the public key that is to be proved. */
  readonly thumbprint: string;
}

/** What was proved wrong, in the order it is looked at. */
export type ProofRefusal = "unreadable" | "signature" | "audience" | "challenge" | "expired";

interface ChallengeKeys {
  readonly peppers: ReadonlyMap<number, SubtleKey>;
  readonly pepperVersion: number;
}

/** A challenge that is kept nowhere: it carries its own end and a MAC over all it is for. */
export async function makeChallenge(
  keys: ChallengeKeys,
  subject: ChallengeSubject,
  expiresAtMs: number,
): Promise<string> {
  const nonce = toBase64Url(randomBytes(NONCE_BYTES));
  const mac = await macOf(keys.peppers.get(keys.pepperVersion), subject, { expiresAtMs, nonce });
  return ["rch1", keys.pepperVersion, expiresAtMs, nonce, toBase64Url(mac)].join(".");
}

/**
 * Checks that the owner of the private key signed a challenge made for this API key and this public key: JWS ES256, `typ`
 * {@link RECIPIENT_PROOF_TYPE}, payload `{challenge, aud: <key id>}`. A challenge may be answered again until it ends.
 */
export async function checkProof(
  keys: ChallengeKeys,
  publicJwk: P256PublicJwk,
  subject: ChallengeSubject,
  { proof, nowMs }: { readonly proof: string; readonly nowMs: number },
): Promise<{ ok: true } | { ok: false; reason: ProofRefusal }> {
  if (!isOfForm(proof)) return { ok: false, reason: "unreadable" };
  const payload = await verify(publicJwk, proof);
  if (payload === null) return { ok: false, reason: "signature" };
  if (payload.aud !== subject.keyId) return { ok: false, reason: "audience" };
  const expiresAtMs = await readChallenge(keys, subject, payload.challenge);
  if (expiresAtMs === null) return { ok: false, reason: "challenge" };
  return expiresAtMs > nowMs ? { ok: true } : { ok: false, reason: "expired" };
}

function isOfForm(proof: string): boolean {
  if (!hasOneSpelling(proof, 3)) return false;
  try {
    const header = decodeProtectedHeader(proof);
    // Neither `jwk` nor anything else may say which key to use, or ask for something to be understood.
    return header.alg === "ES256" && header.typ === RECIPIENT_PROOF_TYPE && onlyHas(header, ["alg", "typ"]);
  } catch {
    return false;
  }
}

async function verify(publicJwk: P256PublicJwk, proof: string): Promise<Readonly<Record<string, unknown>> | null> {
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const key = await crypto.subtle.importKey("jwk", { ...publicJwk }, curve, false, ["verify"]);
  try {
    const { payload } = await compactVerify(proof, key, { algorithms: ["ES256"] });
    const value: unknown = JSON.parse(fromUtf8(payload));
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return null;
  }
}

/** When the challenge ends; null for one that was not made here, or for something else. */
async function readChallenge(
  keys: ChallengeKeys,
  subject: ChallengeSubject,
  challenge: unknown,
): Promise<number | null> {
  const match = /^rch1\.(\d{1,6})\.(\d{1,15})\.([\w-]{22})\.([\w-]{43})$/.exec(String(challenge));
  const [, version, expiresAt, nonce, mac] = match ?? [];
  const pepper = keys.peppers.get(Number(version));
  if (!pepper || !expiresAt || !nonce || !mac) return null;
  const expected = await macOf(pepper, subject, { expiresAtMs: Number(expiresAt), nonce });
  return equalBytes(expected, fromBase64Url(mac)) ? Number(expiresAt) : null;
}

/** The pepper signs credentials as well; the length prefix keeps the two apart, as no credential begins with four bytes of it. */
function macOf(
  pepper: SubtleKey | undefined,
  { keyId, thumbprint }: ChallengeSubject,
  { expiresAtMs, nonce }: { readonly expiresAtMs: number; readonly nonce: string },
): Promise<Bytes> {
  if (!pepper) throw new Error("the keyring has no current pepper");
  const parts = ["recipient-challenge", keyId, thumbprint, String(expiresAtMs), nonce];
  return hmac(pepper, lengthPrefixed(...parts.map(utf8)));
}
