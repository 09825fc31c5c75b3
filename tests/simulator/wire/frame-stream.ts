const ROUTING_INTRODUCTION = Buffer.from([0x45, 0x44, 0x00, 0x01]);
const NOISE_HEADER = Buffer.from([0x57, 0x41, 0x06, 0x03]);
const LENGTH_BYTES = 3;
const MAX_FRAME_BYTES = 0xff_ff_ff;

/** The four bytes every client stream starts with; they are also mixed into the handshake hash. */
export const STREAM_HEADER: Buffer = NOISE_HEADER;

/**
 * Cuts a client's byte stream into frames. Messages of the web socket are only pieces of that stream; a piece may hold
 * part of a frame or many.
 */
export class FrameStream {
  #buffered: Buffer = Buffer.alloc(0);
  #isHeaderRead = false;
  #routingInfo: Buffer | null = null;

  /** What the client sent back from the last login's `edge_routing`; null when it sent none. */
  get routingInfo(): Buffer | null {
    return this.#routingInfo;
  }

  /** Adds bytes and returns the frames that are now complete. @throws when the stream starts with anything else */
  push(bytes: Buffer): Buffer[] {
    this.#buffered = this.#buffered.length === 0 ? bytes : Buffer.concat([this.#buffered, bytes]);
    if (!this.#isHeaderRead && !this.#readHeader()) return [];
    const frames: Buffer[] = [];
    for (let frame = this.#takeFrame(); frame !== null; frame = this.#takeFrame()) frames.push(frame);
    return frames;
  }

  #readHeader(): boolean {
    if (this.#buffered.length < NOISE_HEADER.length) return false;
    if (this.#buffered.subarray(0, 4).equals(ROUTING_INTRODUCTION)) {
      const end = 7 + (this.#buffered.length < 7 ? MAX_FRAME_BYTES : this.#buffered.readUIntBE(4, LENGTH_BYTES));
      if (this.#buffered.length < end + NOISE_HEADER.length) return false;
      this.#routingInfo = Buffer.from(this.#buffered.subarray(7, end));
      this.#buffered = this.#buffered.subarray(end);
    }
    if (!this.#buffered.subarray(0, 4).equals(NOISE_HEADER)) throw new Error("the stream has no WA header");
    this.#buffered = this.#buffered.subarray(NOISE_HEADER.length);
    this.#isHeaderRead = true;
    return true;
  }

  #takeFrame(): Buffer | null {
    if (this.#buffered.length < LENGTH_BYTES) return null;
    const end = LENGTH_BYTES + this.#buffered.readUIntBE(0, LENGTH_BYTES);
    if (this.#buffered.length < end) return null;
    const frame = this.#buffered.subarray(LENGTH_BYTES, end);
    this.#buffered = this.#buffered.subarray(end);
    return frame;
  }
}

/** A frame as the server writes it: 3-byte big-endian length and payload. */
export function writeFrame(payload: Uint8Array): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUIntBE(payload.length, 0, LENGTH_BYTES);
  return Buffer.concat([length, payload]);
}
