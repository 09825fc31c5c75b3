import { createP256Material, type OpeningKey, openP256Material, type SealingKey } from "../crypto/p256.ts";
import type { SubtleKey } from "../crypto/subtle-key.ts";

/** The instant of a sealed exchange. */
export const SEALED_AT_MS = 1_800_000_000_000;
/** The service that takes part in it. */
export const SEALING_ISSUER = "https://bots.example";

/** Who takes part in a sealed exchange, and somebody who does not. */
export interface SealingParties {
  /** The service's signing key. */
  readonly signing: { readonly id: string; readonly privateKey: SubtleKey };
  /** What everybody knows of it. */
  readonly publicKeys: ReadonlyMap<string, SubtleKey>;
  readonly recipient: OpeningKey & SealingKey;
  readonly other: OpeningKey & SealingKey;
}

/** New keys for all of them. */
export async function createSealingParties(): Promise<SealingParties> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  if (!("privateKey" in pair)) throw new Error("no pair");
  return {
    signing: { id: "sig", privateKey: pair.privateKey },
    publicKeys: new Map([["sig", pair.publicKey]]),
    recipient: await openP256Material(await createP256Material()),
    other: await openP256Material(await createP256Material()),
  };
}
