import { deflateSync } from "node:zlib";
import { type BinaryNode, decodeBinaryNode, encodeBinaryNode } from "@whiskeysockets/baileys/lib/WABinary/index.js";

const COMPRESSED_FLAG = 2;

/** One stanza or a part of one. */
export type Stanza = BinaryNode;

/** Attributes as they are written down in the code; undefined ones are left out. */
export type Attributes = Record<string, string | undefined>;

/**
 * Builds a stanza. Undefined attributes are dropped here because the codec counts but does not write them, which gives
 * an undecodable frame.
 */
export function stanza(tag: string, attributes: Attributes = {}, content?: Stanza["content"]): Stanza {
  const attrs: Record<string, string> = {};
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) attrs[name] = value;
  return content === undefined ? { tag, attrs } : { tag, attrs, content };
}

/** A copy with further attributes. */
export function withAttributes(original: Stanza, attributes: Attributes): Stanza {
  return stanza(original.tag, { ...original.attrs, ...attributes }, original.content);
}

/** All children; empty when the content is text or bytes. */
export function childrenOf(parent: Stanza | undefined): readonly Stanza[] {
  return parent !== undefined && Array.isArray(parent.content) ? parent.content : [];
}

/** The children with this tag. */
export function childrenNamed(parent: Stanza | undefined, tag: string): Stanza[] {
  return childrenOf(parent).filter((child) => child.tag === tag);
}

/** The first child with this tag. */
export function childNamed(parent: Stanza | undefined, tag: string): Stanza | undefined {
  return childrenOf(parent).find((child) => child.tag === tag);
}

/** The bytes of a child; null when the child is missing or holds no bytes or text. */
export function childBytes(parent: Stanza | undefined, tag: string): Buffer | null {
  return contentBytes(childNamed(parent, tag));
}

/** The content as bytes. Text counts too: the codec turns digit-only content into text. */
export function contentBytes(node: Stanza | undefined): Buffer | null {
  if (node?.content === undefined || Array.isArray(node.content)) return null;
  return Buffer.from(node.content);
}

/** The content as text; null when there is none. */
export function contentText(node: Stanza | undefined): string | null {
  return contentBytes(node)?.toString("utf8") ?? null;
}

/** A big-endian number of `length` bytes held by a child; null when it is missing or has another length. */
export function childNumber(parent: Stanza | undefined, tag: string, length: number): number | null {
  const bytes = childBytes(parent, tag);
  return bytes === null || bytes.length !== length ? null : bytes.readUIntBE(0, length);
}

/** `value` as `length` big-endian bytes. */
export function bigEndian(value: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  bytes.writeUIntBE(value, 0, length);
  return bytes;
}

/** The plaintext of a transport frame; `isCompressed` deflates it as large real stanzas are. */
export function encodeStanza(node: Stanza, isCompressed = false): Buffer {
  const encoded = encodeBinaryNode(node);
  if (!isCompressed) return encoded;
  return Buffer.concat([Buffer.from([COMPRESSED_FLAG]), deflateSync(encoded.subarray(1))]);
}

/** Reads the plaintext of a transport frame. @throws when it is no stanza */
export function decodeStanza(plaintext: Buffer): Promise<Stanza> {
  return decodeBinaryNode(plaintext);
}

/** One line for people: tag, attributes and the tags of the children, never their content. */
export function describeStanza(node: Stanza): string {
  const attributes = Object.entries(node.attrs).map(([name, value]) => `${name}=${value}`);
  const children = childrenOf(node).map((child) => child.tag);
  return `<${[node.tag, ...attributes].join(" ")}>${children.length === 0 ? "" : ` [${children.join(" ")}]`}`;
}
