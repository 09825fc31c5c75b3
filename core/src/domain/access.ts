import { isInCidr, parseCidr, parseIpAddress } from "./ip-address.ts";
import type { Scope } from "./vocabulary.ts";

/** Whether a credential with these scopes may do what needs `needed`. No scope implies another. */
export function hasScope(held: readonly Scope[], needed: Scope): boolean {
  return held.includes(needed);
}

/** Whether the text is an address range or a single address, IPv4 or IPv6. */
export function isCidr(text: string): boolean {
  return parseCidr(text) !== null;
}

/**
 * Whether the address lies in one of the ranges. An IPv4 address that arrives mapped into IPv6 counts as IPv4. An
 * unreadable address lies nowhere, an unreadable range holds nothing, and no ranges hold nobody.
 */
export function addressIsInCidrs(address: string, cidrs: readonly string[]): boolean {
  const parsed = parseIpAddress(address);
  if (parsed === null) return false;
  return cidrs.some((text) => {
    const cidr = parseCidr(text);
    return cidr !== null && isInCidr(parsed, cidr);
  });
}
