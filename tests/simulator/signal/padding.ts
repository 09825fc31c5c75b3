import { proto } from "@whiskeysockets/baileys/WAProto/index.js";
import type { Randomness } from "../crypto/randomness.ts";

/** A message body as the protobuf library gives it. */
export type MessageBody = proto.IMessage;

/** Encodes a message and adds n bytes of value n, n from 1 to 16. */
export function padMessage(message: MessageBody, randomness: Randomness): Buffer {
  const length = randomness.integer(1, 17);
  return Buffer.concat([proto.Message.encode(message).finish(), Buffer.alloc(length, length)]);
}

/** Takes the padding off and decodes. @throws when the padding is not n bytes of value n, or the body is no message */
export function unpadMessage(plaintext: Buffer): MessageBody {
  const length = plaintext.at(-1) ?? 0;
  const isPadded = length >= 1 && length <= 16 && length <= plaintext.length;
  const padding = plaintext.subarray(plaintext.length - length);
  if (!isPadded || !padding.every((byte) => byte === length)) throw new Error("wrong padding");
  return proto.Message.decode(plaintext.subarray(0, plaintext.length - length));
}

/** The text of a message; null when it holds none. */
export function textOfMessage(message: MessageBody | null | undefined): string | null {
  return message?.conversation || message?.extendedTextMessage?.text || null;
}
