import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type JsonWebKey, sign } from "node:crypto";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { usageError } from "./cli-error.ts";

/** The public half of a recipient key. */
export interface PublicJwk {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
}

/**
 * Makes a P-256 key and writes its private half into a new file that only its owner may read. Answers the public half.
 * @throws CliError usage when there is a file already: whoever loses a key cannot open what was sealed to it
 */
export async function createRecipientFile(path: string): Promise<PublicJwk> {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk = privateKey.export({ format: "jwk" });
  const text = `${JSON.stringify(jwk)}\n`;
  await writeFile(path, text, { mode: 0o600, flag: "wx" }).catch((err: unknown) => {
    const isThere = err instanceof Error && "code" in err && err.code === "EEXIST";
    throw isThere ? usageError(`${path} exists. Name a file that does not.`) : err;
  });
  await chmod(path, 0o600);
  return toPublic(jwk, path);
}

/** The public half of the key in a file; the private half may be in the file and never leaves it. @throws CliError usage */
export async function readPublicJwk(path: string): Promise<PublicJwk> {
  return toPublic(await readJwk(path), path);
}

/**
 * Proves that the private key in a file is one's own: signs a challenge for an API key (JWS ES256).
 * @throws CliError usage when the file holds no private P-256 key
 */
export async function signChallenge(path: string, keyId: string, challenge: string): Promise<string> {
  const jwk = await readJwk(path);
  toPublic(jwk, path);
  if (typeof jwk.d !== "string") throw usageError(`${path} holds a public key only; its private half has to sign.`);
  const key = createPrivateKey({ key: { ...jwk }, format: "jwk" });
  const parts = [
    { alg: "ES256", typ: "recipient-proof+jwt" },
    { challenge, aud: keyId },
  ];
  const text = parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  const signature = sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" });
  return `${text}.${signature.toString("base64url")}`;
}

/** The name of a key that follows from the key itself (RFC 7638, SHA-256). */
export const thumbprintOf = ({ crv, kty, x, y }: PublicJwk): string =>
  createHash("sha256").update(JSON.stringify({ crv, kty, x, y })).digest("base64url");

async function readJwk(path: string): Promise<JsonWebKey> {
  const text = await readFile(path, "utf8").catch(() => {
    throw usageError(`${path} cannot be read.`, "Make a key with `sb keys recipient create --out <file>`.");
  });
  try {
    return JSON.parse(text);
  } catch {
    throw notAKey(path);
  }
}

function toPublic(jwk: JsonWebKey, path: string): PublicJwk {
  try {
    const { kty, crv, x, y } = createPublicKey({ key: { ...jwk }, format: "jwk" }).export({ format: "jwk" });
    if (kty === "EC" && crv === "P-256" && x !== undefined && y !== undefined) return { kty, crv, x, y };
  } catch {
    throw notAKey(path);
  }
  throw notAKey(path);
}

const notAKey = (path: string) => usageError(`${path} holds no P-256 key in JWK form.`);
