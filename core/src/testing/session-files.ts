/** Bytes as BufferJSON writes them, from base64. */
const bytes = (data: string) => ({ type: "Buffer", data });

const pair = (privateKey: string, publicKey: string) => ({ private: bytes(privateKey), public: bytes(publicKey) });

/** Keys that Baileys 7.0.0-rc14 made for this file and that no account ever had: their pairs and the signature are right. */
const noiseKey = pair("SI1MY3F/at9M/7OjJfPpb6SCKmwIS7FFNv4USos9Tm4=", "9a5tCFyC+qhBizayxuuT+nCS8hLAEXn74zMQ4amFumY=");
const pairingKey = pair("YLw2tqlmLPaEpfkdhqgIPIimG6BWE6uv29Tl5nWBoE0=", "ypx/si441YRz2uMzdjyt+tHq8yY/Io9GVyiLoeFVzjA=");
const identityKey = pair(
  "oATI5I5QnRJgTs1zZ/U+OJK6WDSo3B5zh3DSyaP7r3g=",
  "Zk/YftyIEiWhr81wtXuS4TUKOjnI1wNWiPs6B7aXPBg=",
);
const signedPreKey = {
  keyPair: pair("qHmqfvdVgwl+mDU1jrLTs10ztMIvyho3n+Wg674hfnQ=", "ulQJskVQmYcJaZ74oQKdMMEhow4nfRTh1TxBGcpzVj0="),
  signature: bytes("k6USVsWP5t5tYEMz+tlBlzr8FZD80XVBE22nzOEhIe8pCjM5GcVxROKikEjOwQed2sM2E9LHom1nXCfaXTglig=="),
  keyId: 1,
};
const preKey = pair("SEatqjgHgij7vVkZXKhusbJETrR/pFiVE3haB01sbG8=", "JJLSUOjx8zP0ccWDsIL38FsifuI1iRIN8CXLCFGKr3s=");

const ofLength = (length: number) => btoa("x".repeat(length));

/** Credentials of a linked device, as Baileys writes them. */
const credentialsOf = (phoneNumber: string) => ({
  noiseKey,
  pairingEphemeralKeyPair: pairingKey,
  signedIdentityKey: identityKey,
  signedPreKey,
  registrationId: 77,
  advSecretKey: ofLength(32),
  processedHistoryMessages: [],
  nextPreKeyId: 31,
  firstUnuploadedPreKeyId: 31,
  accountSyncCounter: 1,
  accountSettings: { unarchiveChats: false },
  registered: true,
  account: {
    details: "CAE=",
    accountSignatureKey: ofLength(32),
    accountSignature: ofLength(64),
    deviceSignature: ofLength(64),
  },
  me: { id: `${phoneNumber}:7@s.whatsapp.net`, lid: "123456789:7@lid", name: "Front desk" },
  signalIdentities: [{ identifier: { name: "123456789:7@lid", deviceId: 0 }, identifierKey: bytes(ofLength(33)) }],
  platform: "android",
});

/** The files of a device that is linked to this account, one of every type Baileys keeps. */
export const sessionFilesOf = (phoneNumber: string): Record<string, unknown> => ({
  "creds.json": credentialsOf(phoneNumber),
  "pre-key-30.json": preKey,
  "session-34600000001.0.json": { version: "v1", _sessions: {} },
  "identity-key-987654321_1.3.json": bytes(ofLength(33)),
  "sender-key-34600000001-1600000000@g.us--34600000002--0.json": bytes("W10="),
  "sender-key-memory-120363000000000000@g.us.json": { "34600000001:2@s.whatsapp.net": true },
  "app-state-sync-key-AAAA__B+cd=.json": { keyData: ofLength(32), timestamp: "1767225600000" },
  "app-state-sync-version-critical_block.json": { version: 3, hash: bytes(ofLength(128)), indexValueMap: {} },
  "lid-mapping-34600000001.json": "987654321",
  "lid-mapping-987654321_reverse.json": "34600000001",
  "device-list-34600000001.json": ["0", "3"],
  "tctoken-987654321@lid.json": { token: bytes("AAEC"), timestamp: "1767225600" },
  "tctoken-__index.json": { token: bytes("W10=") },
});
