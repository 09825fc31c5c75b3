/**
 * What a holder may store of a session besides the credentials: the keys of `SignalDataTypeMap` of Baileys 7.0.0-rc14
 * (src/Types/Auth.ts), each with the form of its ids. Another type would be one that Baileys never asks for again.
 */
export const authRecordTypes = [
  "pre-key",
  "session",
  "identity-key",
  "sender-key",
  "sender-key-memory",
  "app-state-sync-key",
  "app-state-sync-version",
  "lid-mapping",
  "device-list",
  "tctoken",
] as const;

/** One type of stored key; see {@link authRecordTypes}. */
export type AuthRecordType = (typeof authRecordTypes)[number];

/** Characters of an id. The longest known are those of sender keys, about 80. */
export const authIdLengthMax = 256;

/** Ids one read may name, of all types together. A connection that begins asks for some hundred. */
export const authIdsPerReadMax = 1_000;

/** Records one batch may set or delete. The largest known is that of a pairing: 812 pre-keys. */
export const authRecordsPerBatchMax = 2_000;

/** Bytes of a batch as it travels, sealed or plain. */
export const authBatchBytesMax = 2 * 1024 * 1024;

/** Collections of app state (`ALL_WA_PATCH_NAMES`, src/Types/Chat.ts). */
const COLLECTIONS = "critical_block|critical_unblock_low|regular_high|regular_low|regular";
/** The part of a JID before the server: digits, with a dash in old groups; `status` is the one word among them. */
const JID = "(?:\\d[\\d-]{0,63}|status)(?:_\\d{1,3})?(?::\\d{1,5})?@[a-z][a-z.]{0,31}";
/** A Signal address: user, domain where it is not the plain one, device (`jidToSignalProtocolAddress`, src/Signal/libsignal.ts). */
const USER = "\\d{1,32}(?:_\\d{1,3})?";
const ADDRESS = `${USER}\\.\\d{1,5}`;

const idForms: Readonly<Record<AuthRecordType, RegExp>> = {
  "pre-key": /^\d{1,10}$/,
  session: new RegExp(`^${ADDRESS}$`),
  "identity-key": new RegExp(`^${ADDRESS}$`),
  // src/Signal/Group/sender-key-name.ts
  "sender-key": new RegExp(`^${JID}::${USER}::\\d{1,5}$`),
  "sender-key-memory": new RegExp(`^${JID}$`),
  "app-state-sync-key": /^[A-Za-z0-9+/]{1,128}={0,2}$/,
  "app-state-sync-version": new RegExp(`^(?:${COLLECTIONS})$`),
  // src/Signal/lid-mapping.ts: both directions are records of one type
  "lid-mapping": /^\d{1,32}(?:_reverse)?$/,
  "device-list": /^\d{1,32}$/,
  // src/Utils/tc-token-utils.ts: one record lists the others
  tctoken: new RegExp(`^(?:__index|${JID})$`),
};

/** true for a type of the closed list. */
export const isAuthRecordType = (text: string): text is AuthRecordType => Object.hasOwn(idForms, text);

/** true for an id as Baileys makes them for this type. */
export const isAuthRecordId = (type: AuthRecordType, id: string): boolean =>
  id.length <= authIdLengthMax && idForms[type].test(id);
