import { exportJWK, importJWK, SignJWT } from "jose";
import type { PrivateKeyJwk } from "./options.ts";

/** The public half of a recipient key. */
export type PublicKeyJwk = Omit<PrivateKeyJwk, "d">;

/** A key pair that sessions are sealed to. `privateJwk` stays with the program; `publicJwk` is registered by an admin. */
export interface RecipientKey {
  readonly privateJwk: PrivateKeyJwk;
  readonly publicJwk: PublicKeyJwk;
}

/** Makes a P-256 key pair. Keep `privateJwk` as you keep passwords. */
export async function createRecipientKey(): Promise<RecipientKey> {
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const { privateKey } = await crypto.subtle.generateKey(curve, true, ["sign", "verify"]);
  const { x = "", y = "", d = "" } = await exportJWK(privateKey);
  const publicJwk = { kty: "EC", crv: "P-256", x, y } as const;
  return { privateJwk: { ...publicJwk, d }, publicJwk };
}

/**
 * Proves to the service that this program has the private key: the `proof` of `POST /api/keys/:keyId/recipient`, for the
 * `challenge` of the call before it. Good for five minutes, for this API key and this key pair.
 * @param input.keyId the API key's id (`key_...`), not its secret
 * @throws TypeError when the key is no private P-256 JWK
 */
export async function signRecipientChallenge(input: {
  readonly privateJwk: PrivateKeyJwk;
  readonly keyId: string;
  readonly challenge: string;
}): Promise<string> {
  const { kty, crv, x, y, d } = input.privateJwk;
  const key = await importJWK({ kty, crv, x, y, d }, "ES256");
  return new SignJWT({ challenge: input.challenge, aud: input.keyId })
    .setProtectedHeader({ alg: "ES256", typ: "recipient-proof+jwt" })
    .sign(key);
}
