import { crc32 } from "node:zlib";
import { SessionFileAlteredError } from "./errors.ts";

const MAGIC = 0x53_42_46_31;
/** Magic, length, key id, position, checksum of these, checksum of the payload: 4 bytes each. */
const HEAD_BYTES = 24;
const HEAD_CHECKED_BYTES = 16;
/** More than any batch: the pre-keys of a pairing are 150 KB. */
const PAYLOAD_BYTES_MAX = 64 * 1024 * 1024;

/** One length-prefixed piece of a session's file. */
export interface Frame {
  /** 0, 1, 2, ... within the file. */
  readonly position: number;
  /** The data key the payload is sealed under. */
  readonly keyId: number;
  readonly payload: Uint8Array;
}

/** A frame as it is written. */
export function encodeFrame({ position, keyId, payload }: Frame): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES + payload.length);
  bytes.writeUInt32BE(MAGIC, 0);
  bytes.writeUInt32BE(payload.length, 4);
  bytes.writeUInt32BE(keyId, 8);
  bytes.writeUInt32BE(position, 12);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, HEAD_CHECKED_BYTES)), 16);
  bytes.writeUInt32BE(crc32(payload), 20);
  bytes.set(payload, HEAD_BYTES);
  return bytes;
}

/**
 * The whole frames of a file from `offset` on, and where the last one ends. What a process left unfinished behind it is a
 * torn tail and no part of the answer: a head or payload that is cut off, zeros, or a last payload that never came down
 * whole. @throws SessionFileAlteredError for everything else that does not fit
 */
export function decodeFrames(bytes: Buffer, offset: number): { frames: Frame[]; endsAt: number } {
  const frames: Frame[] = [];
  let at = offset;
  for (;;) {
    const frame = frameAt(bytes, at);
    if (frame === null) return { frames, endsAt: at };
    if (frame.position !== frames.length) throw new SessionFileAlteredError("an entry is missing or was moved");
    frames.push(frame);
    at += HEAD_BYTES + frame.payload.length;
  }
}

/** null at the end of the file and at a torn tail. */
function frameAt(bytes: Buffer, at: number): Frame | null {
  const rest = bytes.length - at;
  if (rest < HEAD_BYTES || isZero(bytes.subarray(at))) return null;
  const length = bytes.readUInt32BE(at + 4);
  const isHeadWhole =
    bytes.readUInt32BE(at) === MAGIC &&
    length <= PAYLOAD_BYTES_MAX &&
    bytes.readUInt32BE(at + 16) === crc32(bytes.subarray(at, at + HEAD_CHECKED_BYTES));
  if (!isHeadWhole) throw new SessionFileAlteredError("the head of an entry was altered");
  const end = at + HEAD_BYTES + length;
  if (end > bytes.length) return null;
  const payload = bytes.subarray(at + HEAD_BYTES, end);
  if (bytes.readUInt32BE(at + 20) !== crc32(payload)) {
    if (end === bytes.length) return null;
    throw new SessionFileAlteredError("an entry was altered");
  }
  return { position: bytes.readUInt32BE(at + 12), keyId: bytes.readUInt32BE(at + 8), payload };
}

const isZero = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0);
