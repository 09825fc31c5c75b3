import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";

/** What is known about the browser's side of a request once proxies in between are accounted for. */
export type RequestOrigin = {
  clientAddress: string;
  protocol: "http" | "https";
  /** Host and port the browser asked for; empty when the request named none. */
  host: string;
};

/**
 * Makes the function that tells where a request came from. X-Forwarded-* headers are believed only from the given
 * proxies: the client is the right-most address in the chain that is not one of them.
 * @throws {Error} when a proxy is neither an address nor a CIDR range.
 */
export function createOriginReader(trustedProxies: string[], publicUrl: string | undefined) {
  const trusted = toBlockList(trustedProxies);
  const configured = publicUrl === undefined ? undefined : new URL(publicUrl);
  return function readOrigin(req: IncomingMessage): RequestOrigin {
    const peer = plainAddress(req.socket.remoteAddress ?? "");
    const peerIsTrusted = contains(trusted, peer);
    const forwardedProtocol = peerIsTrusted ? lastValue(req.headers["x-forwarded-proto"]) : undefined;
    const forwardedHost = peerIsTrusted ? lastValue(req.headers["x-forwarded-host"]) : undefined;
    const protocol = configured?.protocol === "https:" || forwardedProtocol === "https" ? "https" : "http";
    return {
      clientAddress: peerIsTrusted ? clientBehind(trusted, req.headers["x-forwarded-for"], peer) : peer,
      protocol,
      host: configured?.host ?? forwardedHost ?? req.headers.host ?? "",
    };
  };
}

function clientBehind(trusted: BlockList, header: string | string[] | undefined, peer: string): string {
  const chain = String(header ?? "")
    .split(",")
    .map((part) => plainAddress(part.trim()));
  let client = peer;
  for (const address of chain.reverse()) {
    if (isIP(address) === 0) {
      break;
    }
    client = address;
    if (!contains(trusted, address)) {
      break;
    }
  }
  return client;
}

function toBlockList(ranges: string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = "", prefix] = range.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    const bits = prefix === undefined ? (family === "ipv6" ? 128 : 32) : Number(prefix);
    if (isIP(address) === 0 || !Number.isInteger(bits) || bits < 0 || bits > (family === "ipv6" ? 128 : 32)) {
      throw new Error(`TRUSTED_PROXIES must list addresses or ranges like 10.0.0.0/8; "${range}" is neither.`);
    }
    list.addSubnet(address, bits, family);
  }
  return list;
}

function contains(list: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && list.check(address, family === 6 ? "ipv6" : "ipv4");
}

/** A socket that takes both families shows an IPv4 peer as ::ffff:192.0.2.1. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}

function lastValue(header: string | string[] | undefined): string | undefined {
  return (
    String(header ?? "")
      .split(",")
      .at(-1)
      ?.trim() || undefined
  );
}
