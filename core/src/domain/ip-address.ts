/** An address as a number. IPv4 mapped into IPv6 (RFC 4291, 2.5.5.2) is kept as IPv4, so each host has one form. */
export interface IpAddress {
  readonly version: 4 | 6;
  readonly value: bigint;
}

/** An address range: the addresses whose first `prefixLength` bits equal those of `network`. */
export interface Cidr {
  readonly version: 4 | 6;
  readonly network: bigint;
  readonly prefixLength: number;
}

const bitsOf = { 4: 32, 6: 128 } as const;

/** Bits in front of an IPv4 address that is mapped into IPv6. */
const mappedPrefixBits = 96;

const mappedPrefix = 0xffffn;

/**
 * Reads an IPv4 or IPv6 address as peers and proxies write it: brackets and an IPv6 zone (`%eth0`) are dropped. Null
 * for anything else, short or octal IPv4 forms (`10.1`, `010.0.0.1`) included, since programs disagree on them.
 */
export function parseIpAddress(text: string): IpAddress | null {
  const bare = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  const address = parseAddress(bare.replace(/%[\w.-]+$/, ""));
  return address === null ? null : unmapped(address);
}

/**
 * Reads a range such as `10.0.0.0/8` or `2001:db8::/32`; a bare address is a range of one. Bits behind the prefix are
 * ignored. A range of mapped addresses (`::ffff:10.0.0.0/104`) is the IPv4 range. Null where the text is no range.
 */
export function parseCidr(text: string): Cidr | null {
  const [address, length, ...rest] = text.split("/");
  const parsed = address === undefined ? null : parseAddress(address);
  if (parsed === null || rest.length > 0) return null;
  const prefixLength = length === undefined ? bitsOf[parsed.version] : prefixOf(length, bitsOf[parsed.version]);
  if (prefixLength === null) return null;
  return prefixLength >= mappedPrefixBits && isMapped(parsed)
    ? range(unmapped(parsed), prefixLength - mappedPrefixBits)
    : range(parsed, prefixLength);
}

/** Whether the address lies in the range. An IPv4 address lies in no IPv6 range, `::/0` included. */
export function isInCidr(address: IpAddress, cidr: Cidr): boolean {
  if (address.version !== cidr.version) return false;
  const hostBits = BigInt(bitsOf[cidr.version] - cidr.prefixLength);
  return address.value >> hostBits === cidr.network >> hostBits;
}

/** Bits of an IPv6 address that name a network; whoever has one has all addresses in it (RFC 4291, 2.5.4). */
const networkBits = 64;

/**
 * Whose an address is, for counting: an IPv4 address stands for itself, also where it is mapped into IPv6; an IPv6 address
 * for its network of 64 bits, `2001:db8:0:1::/64`. All that are not known, or cannot be read, are counted as one.
 */
export function countedAddress(address: string | null): string {
  const parsed = address === null ? null : parseIpAddress(address);
  if (parsed === null) return "unknown";
  if (parsed.version === 4) return partsOf(parsed.value, 4, 8).join(".");
  const groups = partsOf(parsed.value >> BigInt(networkBits), 4, 16).map((group) => group.toString(16));
  return `${groups.join(":")}::/${networkBits}`;
}

/** The lowest `count` parts of a number, of so many bits each, the highest of them first. */
const partsOf = (value: bigint, count: number, bits: number): number[] =>
  Array.from({ length: count }, (_, index) =>
    Number(BigInt.asUintN(bits, value >> BigInt(bits * (count - 1 - index)))),
  );

function range(address: IpAddress, prefixLength: number): Cidr {
  const hostBits = BigInt(bitsOf[address.version] - prefixLength);
  return { version: address.version, network: (address.value >> hostBits) << hostBits, prefixLength };
}

function prefixOf(text: string, max: number): number | null {
  if (!/^(0|[1-9]\d{0,2})$/.test(text)) return null;
  const length = Number(text);
  return length <= max ? length : null;
}

function parseAddress(text: string): IpAddress | null {
  const value = text.includes(":") ? parseIpv6(text) : parseIpv4(text);
  return value === null ? null : { version: text.includes(":") ? 6 : 4, value };
}

function parseIpv4(text: string): bigint | null {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) return null;
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function parseIpv6(text: string): bigint | null {
  const plain = withoutDottedTail(text);
  if (plain === null) return null;
  const halves = plain.split("::");
  if (halves.length > 2) return null;
  const [head = [], tail] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (tail === undefined ? missing !== 0 : missing < 1) return null;
  const groups = [...head, ...Array.from({ length: missing }, () => "0"), ...(tail ?? [])];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null;
  return groups.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

/** Rewrites `::ffff:10.0.0.1` with two hexadecimal groups; null where the dotted part is no IPv4 address. */
function withoutDottedTail(text: string): string | null {
  if (!text.includes(".")) return text;
  const split = text.lastIndexOf(":") + 1;
  const value = parseIpv4(text.slice(split));
  return value === null
    ? null
    : `${text.slice(0, split)}${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`;
}

function isMapped(address: IpAddress): boolean {
  return address.version === 6 && address.value >> 32n === mappedPrefix;
}

function unmapped(address: IpAddress): IpAddress {
  return isMapped(address) ? { version: 4, value: address.value & 0xffff_ffffn } : address;
}
