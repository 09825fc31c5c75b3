import type { WebSocket } from "ws";
import type { LinkedDevice } from "../accounts/linked-device.ts";
import { generateKeyPair } from "../crypto/key-pair.ts";
import { decodeStanza, describeStanza, encodeStanza, type Stanza } from "../wire/binary-node.ts";
import { FrameStream, writeFrame } from "../wire/frame-stream.ts";
import { type FinishedHandshake, NoiseHandshake } from "../wire/noise-handshake.ts";
import type { World } from "../world.ts";
import type { Registration } from "./registration.ts";

/** What a connection calls when the client has said something. */
export interface ConnectionEvents {
  readonly onHandshake: (connection: Connection, handshake: FinishedHandshake) => void;
  readonly onStanza: (connection: Connection, stanza: Stanza) => void | Promise<void>;
  readonly onClosed: (connection: Connection) => void;
}

/** One web socket of a client: frames in and out, before and after the handshake. */
export class Connection {
  /** The logged-in device; null before login. */
  device: LinkedDevice | null = null;
  /** The registering companion; null for a login. */
  registration: Registration | null = null;
  /** Ids of the server's own queries and what to do with their results. */
  readonly expectedResults = new Map<string, (result: Stanza) => void>();
  readonly seenQueryIds = new Set<string>();
  /** Nothing is read or written any more although the socket stays open. */
  isStalled = false;
  /** Moment of the newest inbound bytes, on the monotonic clock. */
  lastReceivedAtMs = 0;
  readonly #socket: WebSocket;
  readonly #world: World;
  readonly #events: ConnectionEvents;
  readonly #stream = new FrameStream();
  readonly #noise: NoiseHandshake;
  #handshake: FinishedHandshake | null = null;
  #isHelloAnswered = false;
  #isClosed = false;
  readonly #closeListeners: (() => void)[] = [];
  #tail: Promise<void> = Promise.resolve();

  constructor(socket: WebSocket, world: World, events: ConnectionEvents, certificateChain: Buffer) {
    this.#socket = socket;
    this.#world = world;
    this.#events = events;
    this.#noise = new NoiseHandshake(world.authority.staticKey, generateKeyPair(world.randomness), certificateChain);
    socket.on("message", (data: Buffer) => this.#onBytes(data));
    socket.on("close", () => this.#onClose());
    socket.on("error", () => undefined);
  }

  /** JID of the logged-in device, for the transcript. */
  get jid(): string | null {
    return this.device?.jid ?? null;
  }

  /** The Noise key the client proved to hold; null before the handshake. */
  get clientStaticKey(): Buffer | null {
    return this.#handshake?.clientStaticKey ?? null;
  }

  /** What the client sent back of an earlier `edge_routing`; null when nothing. */
  get routingInfo(): Buffer | null {
    return this.#stream.routingInfo;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Sends a stanza; does nothing on a closed or stalled connection. */
  send(stanza: Stanza, isCompressed = false): void {
    this.sendPlaintext(encodeStanza(stanza, isCompressed));
    this.#world.transcript.add("sent", this.jid, { stanza: describeStanza(stanza) });
  }

  /** Sends the plaintext of a frame as it is, for frames that are no stanza. */
  sendPlaintext(plaintext: Uint8Array): void {
    if (this.#handshake === null || this.isStalled || this.#isClosed) return;
    this.#socket.send(writeFrame(this.#handshake.outbound.seal(plaintext)));
  }

  /** Sends bytes past the cipher. */
  sendRaw(bytes: Uint8Array): void {
    if (!this.isStalled && !this.#isClosed) this.#socket.send(bytes);
  }

  /** Closes in an orderly way, after what was sent before. */
  close(): void {
    this.#socket.close();
  }

  /** Cuts the TCP connection. */
  terminate(): void {
    this.#socket.terminate();
  }

  /** Runs once when the connection has closed. */
  onClose(listener: () => void): void {
    this.#closeListeners.push(listener);
  }

  #onBytes(data: Buffer): void {
    if (this.isStalled) return;
    this.lastReceivedAtMs = performance.now();
    try {
      for (const frame of this.#stream.push(data)) this.#onFrame(frame);
    } catch (err) {
      this.#fail("frame.undecodable", err);
    }
  }

  #onFrame(frame: Buffer): void {
    if (this.#handshake !== null) this.#onTransportFrame(this.#handshake, frame);
    else this.#onHandshakeFrame(frame);
  }

  #onHandshakeFrame(frame: Buffer): void {
    try {
      if (!this.#isHelloAnswered) {
        this.#isHelloAnswered = true;
        this.#socket.send(writeFrame(this.#noise.answerClientHello(frame)));
        return;
      }
      this.#handshake = this.#noise.readClientFinish(frame);
      this.#events.onHandshake(this, this.#handshake);
    } catch (err) {
      this.#fail("handshake.failed", err);
    }
  }

  #onTransportFrame(handshake: FinishedHandshake, frame: Buffer): void {
    const plaintext = handshake.inbound.open(frame);
    // Decoding is asynchronous, and stanzas must be handled in the order they came.
    this.#tail = this.#tail
      .then(() => decodeStanza(plaintext))
      .then((stanza) => this.#onStanza(stanza))
      .catch((err: unknown) => this.#fail("frame.undecodable", err));
  }

  #onStanza(stanza: Stanza): void | Promise<void> {
    this.#world.transcript.add("received", this.jid, { stanza: describeStanza(stanza) });
    if (!this.isStalled) return this.#events.onStanza(this, stanza);
  }

  #fail(code: "frame.undecodable" | "handshake.failed", err: unknown): void {
    const reason = err instanceof Error ? (err.stack ?? err.message) : String(err);
    this.#world.blame(this.device, code, reason);
    this.terminate();
  }

  #onClose(): void {
    this.#isClosed = true;
    this.#world.transcript.add("closed", this.jid);
    this.#events.onClosed(this);
    for (const listener of this.#closeListeners) listener();
  }
}
