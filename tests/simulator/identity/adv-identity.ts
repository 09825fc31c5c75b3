import { proto } from "@whiskeysockets/baileys/WAProto/index.js";
import { hmacSha256 } from "../crypto/key-derivation.ts";
import { isSignatureValid, type KeyPair, sign } from "../crypto/key-pair.ts";
import type { Randomness } from "../crypto/randomness.ts";

const ACCOUNT_SIGNATURE_PREFIX = Buffer.from([6, 0]);
const DEVICE_SIGNATURE_PREFIX = Buffer.from([6, 1]);

/** The account's statement that a companion's identity key belongs to it; keys are 32 bytes. */
export interface AccountStatement {
  readonly details: Buffer;
  readonly accountKey: Buffer;
  readonly accountSignature: Buffer;
  readonly companionIdentity: Buffer;
  readonly keyIndex: number;
}

/** Has the phone sign a companion's identity key: 06 00 || details || companion identity. */
export function stateCompanion(
  account: KeyPair,
  companionIdentity: Buffer,
  keyIndex: number,
  randomness: Randomness,
): AccountStatement {
  const rawId = randomness.integer(1, 2 ** 31);
  const timestamp = Math.floor(Date.now() / 1000);
  const details = Buffer.from(proto.ADVDeviceIdentity.encode({ rawId, timestamp, keyIndex }).finish());
  const signed = Buffer.concat([ACCOUNT_SIGNATURE_PREFIX, details, companionIdentity]);
  const accountSignature = sign(account.privateKey, signed);
  return { details, accountKey: account.publicKey, accountSignature, companionIdentity, keyIndex };
}

/** The `device-identity` of pair-success: the statement under an HMAC keyed by the secret of the QR or code. */
export function sealStatement(statement: AccountStatement, advSecret: Buffer): Buffer {
  const details = proto.ADVSignedDeviceIdentity.encode({
    details: statement.details,
    accountSignatureKey: statement.accountKey,
    accountSignature: statement.accountSignature,
  }).finish();
  return Buffer.from(
    proto.ADVSignedDeviceIdentityHMAC.encode({ details, hmac: hmacSha256(advSecret, details) }).finish(),
  );
}

/** The device's counter-signature of a statement: 06 01 || details || companion identity || account key. */
export function counterSign(statement: AccountStatement, companion: KeyPair): Buffer {
  return sign(companion.privateKey, deviceSigned(statement));
}

/** A statement with both signatures as it stands in bundles and first messages. */
export function encodeSignedIdentity(statement: AccountStatement, deviceSignature: Buffer): Buffer {
  return Buffer.from(
    proto.ADVSignedDeviceIdentity.encode({
      details: statement.details,
      accountSignatureKey: statement.accountKey,
      accountSignature: statement.accountSignature,
      deviceSignature,
    }).finish(),
  );
}

/** A signed identity that was checked, or why it is refused. */
export type IdentityCheck =
  | { readonly isValid: true; readonly deviceSignature: Buffer }
  | { readonly isValid: false; readonly reason: string };

/** Checks what the companion answers to pair-success: the same statement, no account key, its own signature. */
export function checkPairSign(encoded: Buffer, statement: AccountStatement): IdentityCheck {
  return checkIdentity(encoded, statement, false);
}

/** Checks the `device-identity` of a first message: the same statement, with the account key. */
export function checkMessageIdentity(encoded: Buffer, statement: AccountStatement): IdentityCheck {
  return checkIdentity(encoded, statement, true);
}

function checkIdentity(encoded: Buffer, statement: AccountStatement, isKeyExpected: boolean): IdentityCheck {
  const refuse = (reason: string): IdentityCheck => ({ isValid: false, reason });
  const identity = decodeOrNull(encoded);
  if (identity === null) return refuse("undecodable");
  if (!statement.details.equals(identity.details ?? Buffer.alloc(0))) return refuse("details were changed");
  if (!statement.accountSignature.equals(identity.accountSignature ?? Buffer.alloc(0))) {
    return refuse("account signature was changed");
  }
  const key = identity.accountSignatureKey ?? Buffer.alloc(0);
  if (isKeyExpected ? !statement.accountKey.equals(key) : key.length > 0) return refuse("account key is wrong");
  const signature = Buffer.from(identity.deviceSignature ?? []);
  if (!isSignatureValid(statement.companionIdentity, deviceSigned(statement), signature)) {
    return refuse("device signature is wrong");
  }
  return { isValid: true, deviceSignature: signature };
}

function deviceSigned(statement: AccountStatement): Buffer {
  const { details, companionIdentity, accountKey } = statement;
  return Buffer.concat([DEVICE_SIGNATURE_PREFIX, details, companionIdentity, accountKey]);
}

function decodeOrNull(encoded: Buffer) {
  try {
    return proto.ADVSignedDeviceIdentity.decode(encoded);
  } catch {
    return null;
  }
}
