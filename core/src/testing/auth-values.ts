import { randomBytes } from "../crypto/bytes.ts";

/** Values of the forms Baileys stores, in BufferJSON; every call makes new bytes. */

/** Bytes as BufferJSON writes them. */
export const bufferOf = (bytes: Uint8Array) => ({ type: "Buffer", data: Buffer.from(bytes).toString("base64") });

const randomBuffer = (size: number) => bufferOf(randomBytes(size));
const randomBase64 = (size: number): string => randomBuffer(size).data;

/** A Curve25519 pair. */
export const newKeyPair = () => ({ public: randomBuffer(32), private: randomBuffer(32) });

/** The record of a conversation with one chain (libsignal 6.0.0, SessionRecord.serialize). */
export const newSessionRecord = (counter = 0) => ({
  _sessions: {
    [randomBase64(33)]: {
      registrationId: 77,
      currentRatchet: {
        ephemeralKeyPair: { pubKey: randomBase64(33), privKey: randomBase64(32) },
        lastRemoteEphemeralKey: randomBase64(33),
        previousCounter: 0,
        rootKey: randomBase64(32),
      },
      indexInfo: {
        baseKey: randomBase64(33),
        baseKeyType: 1,
        closed: -1,
        used: 1,
        created: 1,
        remoteIdentityKey: randomBase64(33),
      },
      _chains: {
        [randomBase64(33)]: {
          chainKey: { counter, key: randomBase64(32) },
          chainType: 1,
          messageKeys: { "3": randomBase64(32) },
        },
      },
    },
  },
  version: "v1",
});

/** Credentials of a linked device with a new identity, in the form of `AuthenticationCreds`. */
export const newCredentials = () => ({
  noiseKey: newKeyPair(),
  pairingEphemeralKeyPair: newKeyPair(),
  signedIdentityKey: newKeyPair(),
  signedPreKey: { keyPair: newKeyPair(), signature: randomBuffer(64), keyId: 1 },
  registrationId: 4_711,
  advSecretKey: randomBase64(32),
  processedHistoryMessages: [],
  nextPreKeyId: 31,
  firstUnuploadedPreKeyId: 31,
  accountSyncCounter: 0,
  accountSettings: { unarchiveChats: false },
  registered: true,
  me: { id: "34600000000:1@s.whatsapp.net", lid: "123456789:1@lid", name: "Front desk" },
  platform: "android",
});

/** One value of each type of stored key, with an id of its form. */
export const newRecords = () => ({
  "pre-key": { "7": newKeyPair() },
  session: { "34600000001.0": newSessionRecord(), "123456789_1.12": newSessionRecord(-1) },
  "identity-key": { "34600000001.0": randomBuffer(33) },
  "sender-key": { "120363000000000001@g.us::123456789_1::3": bufferOf(Buffer.from("[]")) },
  "sender-key-memory": { "120363000000000001@g.us": { "34600000001:2@s.whatsapp.net": true } },
  "app-state-sync-key": { AAAAAAbC: { keyData: randomBase64(32), fingerprint: { rawId: 1 }, timestamp: "1767225600" } },
  "app-state-sync-version": {
    regular_low: {
      version: 3,
      hash: randomBuffer(128),
      indexValueMap: { [randomBase64(32)]: { valueMac: randomBuffer(32) } },
    },
  },
  "lid-mapping": { "34600000001": "987654321", "987654321_reverse": "34600000001" },
  "device-list": { "34600000001": ["0", "2"] },
  tctoken: {
    "987654321@lid": { token: randomBuffer(16), timestamp: "1767225600", senderTimestamp: 1_767_225_600 },
    __index: { token: bufferOf(Buffer.from("[]")) },
  },
});
