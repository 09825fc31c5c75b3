import * as libsignal from "libsignal";

/** One session of a record. */
export interface SessionEntry {
  readonly indexInfo: { closed: number; readonly remoteIdentityKey: Buffer };
}

/** A libsignal session record; `serialize` gives a plain JSON value. */
export interface SessionRecord {
  serialize(): SerializedSessionRecord;
  getSession(baseKey: Buffer): SessionEntry | undefined;
  getSessions(): SessionEntry[];
  getOpenSession(): SessionEntry | undefined;
  haveOpenSession(): boolean;
}

/** The JSON value of a session record. */
export type SerializedSessionRecord = Readonly<Record<string, unknown>>;

interface LibsignalKeyPair {
  readonly privKey: Buffer;
  readonly pubKey: Buffer;
}

/** What libsignal asks of a store. Public keys have the type byte in front. */
export interface SignalStorage {
  loadSession(address: string): Promise<SessionRecord | undefined>;
  storeSession(address: string, record: SessionRecord): Promise<void>;
  isTrustedIdentity(): boolean;
  loadPreKey(id: number): Promise<LibsignalKeyPair | undefined>;
  removePreKey(id: number): Promise<void>;
  loadSignedPreKey(id: number): Promise<LibsignalKeyPair | undefined>;
  getOurRegistrationId(): number;
  getOurIdentity(): LibsignalKeyPair;
}

/** A bundle for opening a session; public keys have the type byte in front. */
export interface LibsignalBundle {
  readonly registrationId: number;
  readonly identityKey: Buffer;
  readonly signedPreKey: { readonly keyId: number; readonly publicKey: Buffer; readonly signature: Buffer };
  readonly preKey?: { readonly keyId: number; readonly publicKey: Buffer };
}

interface ProtocolAddress {
  toString(): string;
}

interface SessionCipher {
  encrypt(plaintext: Buffer): Promise<{ readonly type: number; readonly body: Buffer }>;
  doDecryptWhisperMessage(message: Buffer, session: SessionEntry | undefined): Promise<Buffer>;
}

interface SessionBuilder {
  initOutgoing(bundle: LibsignalBundle): Promise<void>;
  initIncoming(record: SessionRecord, message: object): Promise<number | undefined>;
}

interface LibsignalInternals {
  readonly ProtocolAddress: new (name: string, device: number) => ProtocolAddress;
  readonly SessionCipher: new (storage: SignalStorage, address: ProtocolAddress) => SessionCipher;
  readonly SessionBuilder: new (storage: SignalStorage, address: ProtocolAddress) => SessionBuilder;
  readonly SessionRecord: { new (): SessionRecord; deserialize(value: SerializedSessionRecord): SessionRecord };
}

/**
 * libsignal 6.0.0 with the methods its own type file leaves out. They are needed to try the sessions of a record one by
 * one: the public decrypt prints whole sessions, private keys included, whenever one of them does not fit.
 */
export const signal = asInternals(libsignal);

function asInternals(module: unknown): LibsignalInternals {
  return module as LibsignalInternals;
}
