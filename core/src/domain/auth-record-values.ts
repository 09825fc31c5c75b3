import type { AuthRecordType } from "./auth-record-types.ts";
import {
  base64Text,
  bytes,
  either,
  type Form,
  fields,
  findUnsafePart,
  listOf,
  optional,
  text,
  valuesOf,
  wholeNumber,
} from "./buffer-json.ts";

/** Curve25519: 32 bytes, a public key also with the one byte of its kind in front. */
export const publicKey = bytes(32, 33);
/** The two halves of a Curve25519 key, as Baileys keeps them. */
export const keyPair = fields({ public: publicKey, private: bytes(32, 32) });

const isBoolean: Form = (value) => (typeof value === "boolean" ? null : "must be true or false");
const digits = text(/^\d{1,32}$/, "digits");

/** libsignal 6.0.0 (src/session_record.js, serialize): bytes are base64 texts, not BufferJSON. */
const sessionEntry = fields({
  currentRatchet: fields({
    ephemeralKeyPair: fields({ pubKey: base64Text, privKey: base64Text }),
    lastRemoteEphemeralKey: base64Text,
    previousCounter: wholeNumberOrBefore,
    rootKey: base64Text,
  }),
  indexInfo: fields({ baseKey: base64Text, remoteIdentityKey: base64Text }),
  _chains: valuesOf(
    fields({
      chainKey: fields({ counter: wholeNumberOrBefore, key: optional(base64Text) }),
      messageKeys: valuesOf(base64Text),
    }),
  ),
});

const valueForms: Readonly<Record<AuthRecordType, Form>> = {
  "pre-key": keyPair,
  // libsignal migrates a record without a version when it loads it.
  session: fields({ version: optional(text(/^v\d{1,3}$/, "a version")), _sessions: valuesOf(sessionEntry) }),
  "identity-key": publicKey,
  // src/Signal/libsignal.ts, storeSenderKey: JSON text as bytes
  "sender-key": bytes(2),
  "sender-key-memory": valuesOf(isBoolean),
  // A protobuf message writes its bytes as base64 by itself; a plain object of the same fields comes as BufferJSON.
  "app-state-sync-key": fields({ keyData: either(base64Text, bytes(1)) }),
  "app-state-sync-version": fields({
    version: wholeNumber,
    hash: bytes(128, 128),
    indexValueMap: valuesOf(fields({ valueMac: bytes(32, 32) })),
  }),
  "lid-mapping": digits,
  "device-list": listOf(text(/^\d{1,5}$/, "digits")),
  tctoken: fields({
    token: bytes(0),
    timestamp: optional(either(digits, wholeNumber)),
    senderTimestamp: optional(wholeNumber),
  }),
};

/** What is wrong with a value of this type that came as BufferJSON; null when it may be stored. Never quotes the value. */
export const findValueDefect = (type: AuthRecordType, value: unknown): string | null =>
  valueForms[type](value) ?? findUnsafePart(value);

/** libsignal counts from -1. */
function wholeNumberOrBefore(value: unknown): string | null {
  return value === -1 ? null : wholeNumber(value);
}
