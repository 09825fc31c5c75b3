import { invalid, ServiceError } from "@switchboard/core/errors";
import type { Context } from "hono";
import { findJsonDefect } from "./json-text.ts";
import type { ApiEnv } from "./router.ts";

/**
 * The body as text, checked for what no parser after it should meet; empty without one. It is not parsed.
 * @throws ServiceError too-large, declared or not; unsupported-media-type for encodings; unreadable when it is not UTF-8
 *   or breaks off; validation-failed for nesting, names given twice and texts that are none
 */
export async function readBody(
  c: Context<ApiEnv>,
  bytesMax: number = c.var.deps.settings.bodyBytesMax,
): Promise<string> {
  if (!mayHaveBody(c)) return "";
  refuseEncodings(c);
  const text = decode(await readBytes(c, bytesMax));
  const defect = findJsonDefect(text);
  if (defect) throw invalid(defect.path, defect.message);
  return text;
}

/** @throws ServiceError validation-failed when there is a body */
export async function refuseBody(c: Context<ApiEnv>): Promise<void> {
  const isAnnounced = Number(c.req.header("content-length") ?? 0) > 0;
  if (isAnnounced || (mayHaveBody(c) && (await hasBytes(c)))) throw invalid("", "This call takes no body.");
}

/** @throws ServiceError unsupported-media-type for what is not declared as JSON in UTF-8 */
export function requireJson(c: Context<ApiEnv>): void {
  const [mediaType = "", ...parameters] = (c.req.header("content-type") ?? "").toLowerCase().split(";");
  const charsets = parameters.map((parameter) => parameter.trim()).filter((text) => text.startsWith("charset="));
  const isUtf8 = charsets.every((charset) => /^charset="?utf-8"?$/.test(charset));
  if (mediaType.trim() !== "application/json" || !isUtf8)
    throw new ServiceError("unsupported-media-type", "Send the body as application/json in UTF-8.");
}

/** GET and HEAD have none that could be read; a platform gives null where nothing was sent. */
const mayHaveBody = ({ req }: Context<ApiEnv>): boolean =>
  req.method !== "GET" && req.method !== "HEAD" && req.header("content-length") !== "0";

/** A few bytes can unpack to more than any limit; nobody needs that for bodies this small. */
function refuseEncodings(c: Context<ApiEnv>): void {
  const encoding = c.req.header("content-encoding")?.trim().toLowerCase() ?? "identity";
  if (encoding !== "identity")
    throw new ServiceError("unsupported-media-type", "Send the body as it is, without Content-Encoding.");
}

/** What is declared is as long as it says; the server cuts it there. What is not is read until it is too much. */
async function readBytes(c: Context<ApiEnv>, bytesMax: number): Promise<Uint8Array> {
  const declared = c.req.header("content-length");
  if (declared !== undefined && Number(declared) > bytesMax) throw tooLarge(bytesMax);
  const bytes =
    declared === undefined
      ? await unlessBroken(readUpTo(c.req.raw.body, bytesMax))
      : new Uint8Array(await unlessBroken(c.req.arrayBuffer()));
  if (bytes.length > bytesMax) throw tooLarge(bytesMax);
  return bytes;
}

/** Reads one chunk beyond the limit at most. */
async function readUpTo(body: ReadableStream<Uint8Array> | null, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = body?.getReader();
  while (reader && length <= bytesMax) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    length += value.length;
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

async function hasBytes(c: Context<ApiEnv>): Promise<boolean> {
  const reader = c.req.raw.body?.getReader();
  if (!reader) return false;
  for (;;) {
    const { done, value } = await unlessBroken(reader.read());
    if (done) return false;
    if (value.length > 0) return true;
  }
}

/** Whoever sent half of a body is mostly gone; that is nothing to be logged as our failure. */
const unlessBroken = <T>(read: Promise<T>): Promise<T> =>
  read.catch(() => {
    throw new ServiceError("unreadable", "The body broke off.");
  });

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new ServiceError("unreadable", "The body is not UTF-8.");
  }
}

const tooLarge = (bytesMax: number) => new ServiceError("too-large", `The body may hold ${bytesMax} bytes at most.`);
