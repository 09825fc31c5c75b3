import { createHash } from "node:crypto";
import { proto } from "@whiskeysockets/baileys/WAProto/index.js";
import { hkdf, openGcm, sealGcm } from "../crypto/key-derivation.ts";
import { agree, type KeyPair } from "../crypto/key-pair.ts";
import { STREAM_HEADER } from "./frame-stream.ts";

const PROTOCOL_NAME = Buffer.from("Noise_XX_25519_AESGCM_SHA256\0\0\0\0");

/** What the handshake gives the server. */
export interface FinishedHandshake {
  /** The client's static Noise key, 32 bytes: the credential of every later login. */
  readonly clientStaticKey: Buffer;
  /** The encoded ClientPayload. */
  readonly payload: Buffer;
  readonly outbound: TransportCipher;
  readonly inbound: TransportCipher;
}

/** The server's side of Noise_XX_25519_AESGCM_SHA256 as WhatsApp's clients speak it. One instance per connection. */
export class NoiseHandshake {
  readonly #staticKey: KeyPair;
  readonly #ephemeralKey: KeyPair;
  readonly #certificateChain: Buffer;
  #hash: Buffer = PROTOCOL_NAME;
  #salt: Buffer = PROTOCOL_NAME;
  #key: Buffer = PROTOCOL_NAME;
  #counter = 0;

  constructor(staticKey: KeyPair, ephemeralKey: KeyPair, certificateChain: Buffer) {
    this.#staticKey = staticKey;
    this.#ephemeralKey = ephemeralKey;
    this.#certificateChain = certificateChain;
    this.#mixHash(STREAM_HEADER);
  }

  /** Reads the client hello and returns the server hello. @throws when the hello is malformed */
  answerClientHello(frame: Buffer): Buffer {
    const clientEphemeral = proto.HandshakeMessage.decode(frame).clientHello?.ephemeral;
    if (clientEphemeral?.length !== 32) throw new Error("client hello without an ephemeral key");
    this.#mixHash(clientEphemeral);
    this.#mixHash(this.#ephemeralKey.publicKey);
    this.#mixKey(agree(this.#ephemeralKey.privateKey, clientEphemeral));
    const sealedStatic = this.#seal(this.#staticKey.publicKey);
    this.#mixKey(agree(this.#staticKey.privateKey, clientEphemeral));
    const payload = this.#seal(this.#certificateChain);
    const serverHello = { ephemeral: this.#ephemeralKey.publicKey, static: sealedStatic, payload };
    return Buffer.from(proto.HandshakeMessage.encode({ serverHello }).finish());
  }

  /** Reads the client finish. @throws when it was not sealed under the keys of this handshake */
  readClientFinish(frame: Buffer): FinishedHandshake {
    const finish = proto.HandshakeMessage.decode(frame).clientFinish;
    if (!finish?.static || !finish.payload) throw new Error("client finish without static key or payload");
    const clientStaticKey = this.#open(finish.static);
    this.#mixKey(agree(this.#ephemeralKey.privateKey, clientStaticKey));
    const payload = this.#open(finish.payload);
    const keys = hkdf(Buffer.alloc(0), 64, { salt: this.#salt });
    return {
      clientStaticKey,
      payload,
      inbound: new TransportCipher(keys.subarray(0, 32)),
      outbound: new TransportCipher(keys.subarray(32)),
    };
  }

  #mixHash(data: Uint8Array): void {
    this.#hash = createHash("sha256").update(this.#hash).update(data).digest();
  }

  #mixKey(input: Buffer): void {
    const keys = hkdf(input, 64, { salt: this.#salt });
    this.#salt = keys.subarray(0, 32);
    this.#key = keys.subarray(32);
    this.#counter = 0;
  }

  #seal(plaintext: Uint8Array): Buffer {
    const sealed = sealGcm(this.#key, nonce(this.#counter++), plaintext, this.#hash);
    this.#mixHash(sealed);
    return sealed;
  }

  #open(sealed: Uint8Array): Buffer {
    const plaintext = openGcm(this.#key, nonce(this.#counter++), sealed, this.#hash);
    this.#mixHash(sealed);
    return plaintext;
  }
}

/** One direction of the transport after the handshake; counts its own nonces from 0. */
export class TransportCipher {
  readonly #key: Buffer;
  #counter = 0;

  constructor(key: Buffer) {
    this.#key = key;
  }

  /** Seals the next frame. */
  seal(plaintext: Uint8Array): Buffer {
    return sealGcm(this.#key, nonce(this.#counter++), plaintext);
  }

  /** Opens the next frame. @throws when frames were lost, re-ordered or forged */
  open(sealed: Uint8Array): Buffer {
    return openGcm(this.#key, nonce(this.#counter++), sealed);
  }
}

function nonce(counter: number): Buffer {
  const iv = Buffer.alloc(12);
  iv.writeUInt32BE(counter, 8);
  return iv;
}
