import { describe, expect, it } from "vitest";
import { sessionFilesOf } from "../testing/session-files.ts";
import { concat, copyBytes, toHex } from "./bytes.ts";
import { isKeySigned, publicKeyOf } from "./curve25519.ts";

const bytesOf = (data: string) => copyBytes(Uint8Array.from(atob(data), (character) => character.charCodeAt(0)));

/** Keys and a signature that libsignal made. */
function signedKey() {
  const creds = JSON.parse(JSON.stringify(sessionFilesOf("34600000000")["creds.json"]));
  const { signedIdentityKey: identity, signedPreKey } = creds;
  return {
    privateIdentity: bytesOf(identity.private.data),
    identity: bytesOf(identity.public.data),
    signed: bytesOf(signedPreKey.keyPair.public.data),
    signature: bytesOf(signedPreKey.signature.data),
  };
}

const flipped = (bytes: Uint8Array, at: number) =>
  copyBytes(bytes).map((byte, index) => (index === at ? byte ^ 1 : byte));

describe("a Curve25519 key", () => {
  it("has the public half that libsignal finds", async () => {
    const { privateIdentity, identity } = signedKey();
    expect(toHex(await publicKeyOf(privateIdentity))).toBe(toHex(identity));
  });

  it.each([0, 31, 33])("of %i bytes is none", async (length) => {
    await expect(publicKeyOf(new Uint8Array(length))).rejects.toThrow("32 bytes");
  });

  it("is signed by the identity that signed it, with the byte of its kind or without", async () => {
    const { identity, signed, signature } = signedKey();
    expect(await isKeySigned(identity, signed, signature)).toBe(true);
    const kind = Uint8Array.of(5);
    expect(await isKeySigned(concat(kind, identity), concat(kind, signed), signature)).toBe(true);
  });

  it("is not signed by another identity, for another key, or with any other signature", async () => {
    const { identity, signed, signature } = signedKey();
    expect(await isKeySigned(signed, signed, signature)).toBe(false);
    expect(await isKeySigned(identity, identity, signature)).toBe(false);
    for (const at of [0, 31, 32, 62]) expect(await isKeySigned(identity, signed, flipped(signature, at))).toBe(false);
    expect(await isKeySigned(identity, signed, signature.slice(0, 63))).toBe(false);
    expect(await isKeySigned(new Uint8Array(32), signed, signature)).toBe(false);
    expect(await isKeySigned(new Uint8Array(32).fill(255), signed, signature)).toBe(false);
  });
});
