import { open, seal } from "@switchboard/core/crypto/aead";
import { type Bytes, copyBytes, fromUtf8, lengthPrefixed, utf8 } from "@switchboard/core/crypto/bytes";
import type { BotDataKeys } from "@switchboard/core/services/auth-state/data-keys";
import { SessionFileAlteredError } from "./errors.ts";
import { decodeFrames, encodeFrame } from "./frames.ts";

/**
 * The first line of a session's file, in clear: no phone number, no key. Every entry is bound to all of it, so that an entry
 * of another bot, epoch, revision or kind of file does not open.
 */
export interface FileHead {
  readonly format: 1;
  readonly kind: "snapshot" | "journal";
  readonly botId: string;
  readonly leaseId: string;
  readonly epoch: number;
  readonly workerId: string;
  /** Of the state that the file holds (snapshot) or that its first entry builds on (journal). */
  readonly revision: number;
}

/** The head as the first bytes of its file. */
export const encodeHead = (head: FileHead): Bytes => utf8(`${JSON.stringify(head)}\n`);

/** What a file holds, as far as it was finished. */
export interface OpenedFile {
  readonly head: FileHead;
  /** The opened entries, in their order. */
  readonly entries: readonly string[];
  /** Bytes up to the end of the last whole entry; what follows is a torn tail. */
  readonly endsAt: number;
}

/** Seals one entry for its place in a file. The use of the key is the caller's to count. */
export async function sealEntry(
  head: Bytes,
  position: number,
  key: { readonly id: number; readonly key: Parameters<typeof seal>[0] },
  text: string,
): Promise<Buffer> {
  const payload = await seal(key.key, utf8(text), additionalData(head, position, key.id));
  return encodeFrame({ position, keyId: key.id, payload });
}

/**
 * Opens a whole file. A torn tail is left out. null: not even the head was finished.
 * @throws SessionFileAlteredError when anything else differs from what was written; the keys' database errors
 */
export async function openSealedFile(bytes: Buffer, keys: Pick<BotDataKeys, "opening">): Promise<OpenedFile | null> {
  const headEnd = bytes.indexOf(0x0a) + 1;
  if (headEnd === 0) return null;
  const head = readHead(bytes.subarray(0, headEnd));
  const headBytes = copyBytes(bytes.subarray(0, headEnd));
  const { frames, endsAt } = decodeFrames(bytes, headEnd);
  const entries: string[] = [];
  for (const { position, keyId, payload } of frames) {
    const key = await keys.opening(keyId);
    const opened = await open(key, copyBytes(payload), additionalData(headBytes, position, keyId)).catch(() => {
      throw new SessionFileAlteredError("an entry does not open: it was altered, moved, or is of another file");
    });
    entries.push(fromUtf8(opened));
  }
  return { head, entries, endsAt };
}

/** The head of a file without opening it. @throws SessionFileAlteredError */
export function readHead(line: Uint8Array): FileHead {
  const head = parse(line);
  const isOurs =
    head.format === 1 &&
    (head.kind === "snapshot" || head.kind === "journal") &&
    [head.botId, head.leaseId, head.workerId].every((value) => typeof value === "string") &&
    [head.epoch, head.revision].every((value) => Number.isSafeInteger(value));
  if (!isOurs) throw new SessionFileAlteredError("the first line of a session's file is not one of ours");
  return head;
}

function parse(line: Uint8Array): FileHead {
  try {
    const value = JSON.parse(fromUtf8(line));
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // What the line holds instead is nobody's business.
  }
  throw new SessionFileAlteredError("the first line of a session's file cannot be read");
}

const additionalData = (head: Bytes, position: number, keyId: number): Bytes =>
  lengthPrefixed(utf8("switchboard session file"), head, utf8(String(position)), utf8(String(keyId)));
