import { exportJWK, SignJWT } from "jose";
import type { Actor } from "../context.ts";
import { type OpeningKey, openPrivateP256, type SealingKey } from "../crypto/p256.ts";
import { type OpenedContent, openContent } from "../crypto/sealed-content.ts";
import { challengeRecipient } from "../services/sessions/challenge-recipient.ts";
import { setRecipient } from "../services/sessions/set-recipient.ts";
import { justConfirmed } from "./factories.ts";
import type { TestContext } from "./test-context.ts";

/** The key of a microservice that sessions are sealed to, as the microservice has it. */
export interface TestRecipient extends SealingKey, OpeningKey {
  readonly privateJwk: Readonly<Record<string, unknown>>;
  /** Signs a challenge for an API key; `changes` replaces parts of header and payload. */
  prove(keyId: string, challenge: string, changes?: ProofChanges): Promise<string>;
}

export interface ProofChanges {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly payload?: Readonly<Record<string, unknown>>;
}

/** A new recipient key. */
export async function createRecipient(): Promise<TestRecipient> {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  const { kty, crv, x, y, d } = await exportJWK(pair.privateKey);
  const privateJwk = { kty, crv, x, y, d };
  return {
    ...(await openPrivateP256(privateJwk)),
    privateJwk,
    prove: (keyId, challenge, { header, payload } = {}) =>
      new SignJWT({ challenge, aud: keyId, ...payload })
        .setProtectedHeader({ alg: "ES256", typ: "recipient-proof+jwt", ...header })
        .sign(pair.privateKey),
  };
}

/** Registers a recipient key for an API key, as an admin does. */
export async function addRecipient(
  test: TestContext,
  admin: Extract<Actor, { kind: "user" }>,
  keyId: string,
  recipient?: TestRecipient,
): Promise<TestRecipient> {
  const made = recipient ?? (await createRecipient());
  const ctx = test.as(justConfirmed(test, admin));
  const { challenge } = await challengeRecipient(ctx, { keyId, publicJwk: { ...made.publicJwk } });
  await setRecipient(ctx, { keyId, publicJwk: { ...made.publicJwk }, proof: await made.prove(keyId, challenge) });
  return made;
}

/** Opens an answer as its recipient does, now by the clock of the test. @throws SealedContentError */
export function openAnswer(
  test: TestContext,
  recipient: OpeningKey,
  expected: { readonly keyId: string; readonly botId: string },
  sealed: string,
): Promise<OpenedContent> {
  const { keyring, settings, clock } = test.as({ kind: "anonymous" });
  const keys = { recipient, publicKeys: keyring.publicKeys, issuer: settings.publicUrl, nowMs: clock.nowMs() };
  return openContent(keys, expected, sealed);
}
