/** libsignal's src/curve.js verifySignature: false for a wrong signature, throws only for malformed input. */
export type VerifySignature = (publicKey: Buffer, message: Uint8Array, signature: Uint8Array) => boolean;

/** Baileys' Curve.verify (lib/Utils/crypto.js). */
export type CurveVerify = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

/** libsignal marks a Curve25519 public key with this first byte. */
const KEY_TYPE_BYTE = 5;
const BARE_KEY_BYTES = 32;

/**
 * A `Curve.verify` that answers what libsignal found; malformed input counts as a wrong signature.
 *
 * Baileys' own drops the answer and returns true for any 64 bytes. It guards the server's certificate chain
 * (lib/Utils/noise-handler.js) and, when linking, the account signature over this device's identity
 * (lib/Utils/validate-connection.js): with the repair a link whose account signature is wrong is refused.
 * Signed pre-keys of contacts are not covered: libsignal skips that check itself (src/session_builder.js).
 */
export function makeCurveVerify(verifySignature: VerifySignature): CurveVerify {
  return (publicKey, message, signature) => {
    try {
      return verifySignature(withTypeByte(publicKey), message, signature) === true;
    } catch {
      return false;
    }
  };
}

function withTypeByte(publicKey: Uint8Array): Buffer {
  return publicKey.length === BARE_KEY_BYTES
    ? Buffer.concat([Buffer.from([KEY_TYPE_BYTE]), publicKey])
    : Buffer.from(publicKey);
}
