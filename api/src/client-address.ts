import { addressIsInCidrs } from "@switchboard/core/domain/access";
import { parseIpAddress } from "@switchboard/core/domain/ip-address";

/**
 * The address a request comes from. X-Forwarded-For is believed only from trusted proxies, and then read from the right:
 * the client is the first hop that is not trusted itself (everything left of it is its own word). An unreadable hop ends
 * the walk at the last one that could be read. null: the platform does not tell. `isFrontDoor`: the peer has shown that it
 * is our own web server, which is a trusted proxy wherever it runs.
 */
export function clientAddress(
  peerAddress: string | null,
  forwardedFor: string | null,
  trustedProxies: readonly string[],
  isFrontDoor = false,
): string | null {
  let client = peerAddress === null ? null : plainAddress(peerAddress);
  const hops = forwardedFor === null ? [] : forwardedFor.split(",").map((hop) => plainAddress(hop.trim()));
  let isTrusted = isFrontDoor;
  while (client !== null && (isTrusted || addressIsInCidrs(client, trustedProxies))) {
    isTrusted = false;
    const hop = hops.pop();
    if (hop === undefined || parseIpAddress(hop) === null) return client;
    client = hop;
  }
  return client;
}

/** true where the socket's other end is a trusted proxy; false where the platform does not tell who it is. */
export const isTrustedPeer = (peerAddress: string | null, trustedProxies: readonly string[]): boolean =>
  peerAddress !== null && addressIsInCidrs(plainAddress(peerAddress), trustedProxies);

/** true for an address of this machine. */
export const isLoopback = (address: string): boolean => addressIsInCidrs(address, ["127.0.0.0/8", "::1"]);

/** A socket that takes both families shows an IPv4 peer as ::ffff:192.0.2.1. */
const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, "");
