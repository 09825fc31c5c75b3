import { calculateJwkThumbprint, exportJWK, type JWK } from "jose";
import { type Bytes, toBase64Url } from "./bytes.ts";
import { importHmacKey } from "./hmac.ts";
import type { MasterKeys } from "./master-key.ts";
import { type OpeningKey, openP256Material, type SealingKey } from "./p256.ts";
import { SEALED_ALG } from "./sealed-form.ts";
import type { SigningKey } from "./session-tokens.ts";
import type { SubtleKey } from "./subtle-key.ts";

/** The opened secrets of an installation. Lives in memory only. */
export interface Keyring {
  readonly master: MasterKeys;
  /** Names auth records: see record-cipher.ts. */
  readonly index: SubtleKey;
  /** Peppers by version; old ones verify, the current one signs new credentials. */
  readonly peppers: ReadonlyMap<number, SubtleKey>;
  readonly pepperVersion: number;
  readonly signing: SigningKey;
  /** Every published signing key by its id, retired ones included. */
  readonly publicKeys: ReadonlyMap<string, SubtleKey>;
  readonly jwks: { readonly keys: readonly JWK[] };
  /** What clients seal to, published as well. */
  readonly encryption: SealingKey;
  /** Every key that opens what clients sealed, by its id, former ones included. */
  readonly encryptionKeys: ReadonlyMap<string, OpeningKey>;
  /** Seals the credentials inside session tokens. */
  readonly claims: Bytes;
  /** Signs sign-in cookies. */
  readonly cookieSecret: string;
  /** Sign heads of the audit's chain, the newest first: it signs, all of them verify. */
  readonly auditKeys: readonly [SubtleKey, ...SubtleKey[]];
}

/** One unwrapped secret of the installation. */
export interface InstallationSecret {
  readonly purpose: string;
  readonly version: number;
  readonly material: Bytes;
}

/** Opens a keyring from unwrapped secrets. @throws Error when a purpose has none */
export async function openKeyring(master: MasterKeys, secrets: readonly InstallationSecret[]): Promise<Keyring> {
  const newest = (purpose: string): InstallationSecret => {
    const found = secrets.filter((secret) => secret.purpose === purpose).sort((a, b) => b.version - a.version)[0];
    if (!found) throw new Error(`the installation has no ${purpose} secret`);
    return found;
  };
  const peppers = secrets.filter((secret) => secret.purpose === "pepper");
  const pairs = await Promise.all(
    secrets.filter((secret) => secret.purpose === "signing").map((secret) => openSigningKey(secret.material)),
  );
  const current = await openSigningKey(newest("signing").material);
  const encryption = await openP256Material(newest("encryption").material);
  const encryptionKeys = await Promise.all(
    secrets.filter((secret) => secret.purpose === "encryption").map((secret) => openP256Material(secret.material)),
  );
  return {
    master,
    index: await importHmacKey(newest("index").material),
    peppers: new Map(
      await Promise.all(peppers.map(async (secret) => [secret.version, await importHmacKey(secret.material)] as const)),
    ),
    pepperVersion: newest("pepper").version,
    signing: { id: current.jwk.kid, privateKey: current.privateKey },
    publicKeys: new Map(pairs.map((pair) => [pair.jwk.kid, pair.publicKey])),
    // Former encryption keys open and are not published: nobody is to seal to them any more.
    jwks: { keys: [...pairs.map((pair) => pair.jwk), toPublishedJwk(encryption)] },
    encryption: { id: encryption.id, publicJwk: encryption.publicJwk },
    encryptionKeys: new Map(encryptionKeys.map((key) => [key.id, key])),
    claims: newest("claims").material,
    cookieSecret: toBase64Url(newest("cookie").material),
    auditKeys: await openAuditKeys(newest("audit"), secrets),
  };
}

/** A new Ed25519 private key in PKCS #8. */
export async function createSigningMaterial(): Promise<Bytes> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  if (!("privateKey" in pair)) throw new Error("Ed25519 gave no key pair");
  return new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
}

async function openAuditKeys(newest: InstallationSecret, secrets: readonly InstallationSecret[]) {
  const former = secrets.filter(({ purpose, version }) => purpose === "audit" && version !== newest.version);
  const keys = await Promise.all(former.map(({ material }) => importHmacKey(material)));
  return [await importHmacKey(newest.material), ...keys] as const;
}

const toPublishedJwk = ({ id, publicJwk }: SealingKey): JWK => ({ ...publicJwk, kid: id, alg: SEALED_ALG, use: "enc" });

async function openSigningKey(pkcs8: Bytes) {
  const extractable = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", true, ["sign"]);
  const { kty = "OKP", crv = "Ed25519", x = "" } = await exportJWK(extractable);
  const kid = await calculateJwkThumbprint({ kty, crv, x });
  const jwk = { kty, crv, x, kid, alg: "EdDSA", use: "sig" };
  return {
    jwk,
    privateKey: await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", false, ["sign"]),
    publicKey: await crypto.subtle.importKey("jwk", { kty, crv, x }, "Ed25519", true, ["verify"]),
  };
}
