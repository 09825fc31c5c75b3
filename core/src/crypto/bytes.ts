import { base64url } from "jose";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** Bytes over a plain ArrayBuffer, which is what WebCrypto takes. */
export type Bytes = Uint8Array<ArrayBuffer>;

export const utf8 = (text: string): Bytes => encoder.encode(text);

/** @throws TypeError when the bytes are not UTF-8 */
export const fromUtf8 = (bytes: Uint8Array): string => decoder.decode(bytes);

/** Bytes from the platform's cryptographic generator. */
export const randomBytes = (size: number): Bytes => crypto.getRandomValues(new Uint8Array(size));

/** A copy over a plain ArrayBuffer, for bytes that come from a driver or a shared buffer. */
export const copyBytes = (bytes: Uint8Array): Bytes => Uint8Array.from(bytes);

export function concat(...parts: readonly Uint8Array[]): Bytes {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Each part behind its length in 4 bytes, so that no two lists of parts give the same bytes. */
export function lengthPrefixed(...parts: readonly Uint8Array[]): Bytes {
  return concat(
    ...parts.flatMap((part) => {
      const length = new Uint8Array(4);
      new DataView(length.buffer).setUint32(0, part.length);
      return [length, part];
    }),
  );
}

export const toBase64Url = (bytes: Uint8Array): string => base64url.encode(bytes);

/** @throws TypeError when the text is not base64url */
export const fromBase64Url = (text: string): Bytes => copyBytes(base64url.decode(text));

export const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (value) => value.toString(16).padStart(2, "0")).join("");

/** @throws TypeError when the text is not hexadecimal in pairs */
export function fromHex(text: string): Bytes {
  if (!/^(?:[0-9a-f]{2})*$/i.test(text)) throw new TypeError("not hexadecimal");
  return Uint8Array.from({ length: text.length / 2 }, (_, index) =>
    Number.parseInt(text.slice(index * 2, index * 2 + 2), 16),
  );
}

/** Compares in time that depends on the length only. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (const [index, value] of left.entries()) difference |= value ^ (right[index] ?? 0);
  return difference === 0;
}
