import { PreKeyWhisperMessage } from "libsignal/src/protobufs.js";
import { generateKeyPair, type KeyPair, keyPairFromPrivate, sign, withTypeByte } from "../crypto/key-pair.ts";
import type { Randomness } from "../crypto/randomness.ts";
import {
  type LibsignalBundle,
  type SerializedSessionRecord,
  type SessionRecord,
  type SignalStorage,
  signal,
} from "./libsignal-internals.ts";

const SIGNED_PRE_KEY_ID = 1;
const PRE_KEY_MESSAGE_TYPE = 3;

/** How a ciphertext opens: `pkmsg` carries what the receiver needs to start a session, `msg` needs one. */
export type CiphertextType = "pkmsg" | "msg";

/** One ciphertext as it stands in an `enc` node. */
export interface Ciphertext {
  readonly type: CiphertextType;
  readonly body: Buffer;
}

/** The public half of a device that a peer opens a session with; keys are 32 bytes. */
export interface PreKeyBundle {
  readonly registrationId: number;
  readonly identityKey: Buffer;
  readonly signedPreKey: { readonly id: number; readonly publicKey: Buffer; readonly signature: Buffer };
  /** null when the server has no one-time key left. */
  readonly preKey: { readonly id: number; readonly publicKey: Buffer } | null;
}

/** Everything a simulated device must keep to go on after a restart of the simulator. */
export interface SignalDeviceState {
  readonly identityPrivateKey: string;
  readonly signedPrePrivateKey: string;
  readonly registrationId: number;
  readonly nextPreKeyId: number;
  readonly preKeys: readonly (readonly [number, string])[];
  readonly sessions: readonly (readonly [string, SerializedSessionRecord])[];
}

/**
 * The Signal side of one simulated device: identity, pre-keys and one libsignal session record per peer device.
 *
 * Calls are serialised per device. Queues of libsignal are shared by a whole process and keyed by address, so the
 * addresses used here hold the device's own name and never meet those of a client in the same process.
 */
export class SignalDevice {
  readonly name: string;
  readonly identity: KeyPair;
  readonly registrationId: number;
  readonly #randomness: Randomness;
  readonly #signedPreKey: KeyPair;
  #signedPreKeySignature: Buffer | null = null;
  #nextPreKeyId: number;
  readonly #preKeys = new Map<number, KeyPair>();
  readonly #sessions = new Map<string, SerializedSessionRecord>();
  #tail: Promise<unknown> = Promise.resolve();

  constructor(name: string, randomness: Randomness, state?: SignalDeviceState) {
    this.name = name.replaceAll(".", "-");
    this.#randomness = randomness;
    this.identity = state ? restore(state.identityPrivateKey) : generateKeyPair(randomness);
    this.#signedPreKey = state ? restore(state.signedPrePrivateKey) : generateKeyPair(randomness);
    this.registrationId = state?.registrationId ?? randomness.integer(1, 16_380);
    this.#nextPreKeyId = state?.nextPreKeyId ?? 1;
    for (const [id, key] of state?.preKeys ?? []) this.#preKeys.set(id, restore(key));
    for (const [peer, record] of state?.sessions ?? []) this.#sessions.set(peer, record);
  }

  /** A bundle with a fresh one-time pre-key, as the server hands it out once. */
  issueBundle(): PreKeyBundle {
    const id = this.#nextPreKeyId++;
    const preKey = generateKeyPair(this.#randomness);
    this.#preKeys.set(id, preKey);
    this.#signedPreKeySignature ??= sign(this.identity.privateKey, withTypeByte(this.#signedPreKey.publicKey));
    return {
      registrationId: this.registrationId,
      identityKey: this.identity.publicKey,
      signedPreKey: {
        id: SIGNED_PRE_KEY_ID,
        publicKey: this.#signedPreKey.publicKey,
        signature: this.#signedPreKeySignature,
      },
      preKey: { id, publicKey: preKey.publicKey },
    };
  }

  /** Encrypts for a peer device; `openSession` is asked for a bundle only when there is no open session. */
  encrypt(peer: string, plaintext: Buffer, openSession: () => PreKeyBundle): Promise<Ciphertext> {
    return this.#exclusively(async () => {
      const address = this.#address(peer);
      if (!this.#load(peer)?.haveOpenSession()) {
        await new signal.SessionBuilder(this.#storage(peer), address).initOutgoing(toLibsignal(openSession()));
      }
      const sealed = await new signal.SessionCipher(this.#storage(peer), address).encrypt(plaintext);
      return { type: sealed.type === PRE_KEY_MESSAGE_TYPE ? "pkmsg" : "msg", body: Buffer.from(sealed.body) };
    });
  }

  /** Decrypts what a peer device sent. @throws when no session or pre-key fits, or a counter was used before */
  decrypt(peer: string, { type, body }: Ciphertext): Promise<Buffer> {
    return this.#exclusively(() => (type === "pkmsg" ? this.#openFirst(peer, body) : this.#openNext(peer, body)));
  }

  /** Drops every session with a peer device, so that the next text opens a new one. */
  forgetSession(peer: string): void {
    this.#sessions.delete(peer);
  }

  /** A JSON value from which the constructor makes the same device. Holds private keys. */
  toState(): SignalDeviceState {
    return {
      identityPrivateKey: this.identity.privateKey.toString("base64"),
      signedPrePrivateKey: this.#signedPreKey.privateKey.toString("base64"),
      registrationId: this.registrationId,
      nextPreKeyId: this.#nextPreKeyId,
      preKeys: [...this.#preKeys].map(([id, key]) => [id, key.privateKey.toString("base64")]),
      sessions: [...this.#sessions],
    };
  }

  async #openFirst(peer: string, body: Buffer): Promise<Buffer> {
    const message = PreKeyWhisperMessage.decode(body.subarray(1));
    const record = this.#load(peer) ?? new signal.SessionRecord();
    const open = record.getOpenSession();
    if (open !== undefined && record.getSession(message.baseKey) === undefined) open.indexInfo.closed = Date.now();
    const storage = this.#storage(peer);
    const usedPreKeyId = await new signal.SessionBuilder(storage, this.#address(peer)).initIncoming(record, message);
    const cipher = new signal.SessionCipher(storage, this.#address(peer));
    const plaintext = await cipher.doDecryptWhisperMessage(message.message, record.getSession(message.baseKey));
    this.#sessions.set(peer, record.serialize());
    if (usedPreKeyId) this.#preKeys.delete(usedPreKeyId);
    return plaintext;
  }

  async #openNext(peer: string, body: Buffer): Promise<Buffer> {
    const sessionCount = this.#load(peer)?.getSessions().length ?? 0;
    const reasons: string[] = [];
    for (let index = 0; index < sessionCount; index++) {
      // A failed attempt leaves a half-stepped ratchet behind, so each attempt starts from the stored record.
      const record = this.#load(peer);
      const session = record?.getSessions()[index];
      try {
        const cipher = new signal.SessionCipher(this.#storage(peer), this.#address(peer));
        const plaintext = await cipher.doDecryptWhisperMessage(body, session);
        if (record !== undefined) this.#sessions.set(peer, record.serialize());
        return plaintext;
      } catch (err) {
        reasons.push(err instanceof Error ? err.message : String(err));
      }
    }
    throw new Error(`no session fits: ${reasons.join("; ") || "there is none"}`);
  }

  #address(peer: string) {
    return new signal.ProtocolAddress(`simulator-${this.name}-${peer.replaceAll(".", "-")}`, 0);
  }

  #load(peer: string): SessionRecord | undefined {
    const stored = this.#sessions.get(peer);
    return stored === undefined ? undefined : signal.SessionRecord.deserialize(stored);
  }

  #storage(peer: string): SignalStorage {
    return {
      loadSession: async () => this.#load(peer),
      storeSession: async (_address, record) => void this.#sessions.set(peer, record.serialize()),
      isTrustedIdentity: () => true,
      loadPreKey: async (id) => toLibsignalPair(this.#preKeys.get(id)),
      removePreKey: async (id) => void this.#preKeys.delete(id),
      loadSignedPreKey: async (id) => toLibsignalPair(id === SIGNED_PRE_KEY_ID ? this.#signedPreKey : undefined),
      getOurRegistrationId: () => this.registrationId,
      getOurIdentity: () => ({
        privKey: this.identity.privateKey,
        pubKey: withTypeByte(this.identity.publicKey),
      }),
    };
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => undefined);
    return result;
  }
}

function restore(privateKey: string): KeyPair {
  return keyPairFromPrivate(Buffer.from(privateKey, "base64"));
}

function toLibsignalPair(pair: KeyPair | undefined) {
  return pair === undefined ? undefined : { privKey: pair.privateKey, pubKey: withTypeByte(pair.publicKey) };
}

function toLibsignal(bundle: PreKeyBundle): LibsignalBundle {
  const { id, publicKey, signature } = bundle.signedPreKey;
  return {
    registrationId: bundle.registrationId,
    identityKey: withTypeByte(bundle.identityKey),
    signedPreKey: { keyId: id, publicKey: withTypeByte(publicKey), signature },
    ...(bundle.preKey && { preKey: { keyId: bundle.preKey.id, publicKey: withTypeByte(bundle.preKey.publicKey) } }),
  };
}
