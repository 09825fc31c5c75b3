import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressIsInCidrs, hasScope, isCidr } from "./access.ts";
import { roleScopes, roles, scopes } from "./vocabulary.ts";

describe("scopes", () => {
  it("imply nothing: a write scope does not read, and no scope opens another", () => {
    for (const held of scopes) {
      expect(scopes.filter((needed) => hasScope([held], needed))).toEqual([held]);
    }
  });

  it("of a session are the owner's and the admin's only", () => {
    const sessionScopes = scopes.filter((scope) => scope.startsWith("session:"));
    const roleCanAny = roles.filter((role) => sessionScopes.some((scope) => hasScope(roleScopes[role], scope)));
    expect(roleCanAny).toEqual(["owner", "admin"]);
  });

  it("of a viewer only read", () => {
    expect(roleScopes.viewer.every((scope) => scope.endsWith(":read"))).toBe(true);
  });
});

describe("addressIsInCidrs", () => {
  it.each([
    ["10.1.2.3", "10.0.0.0/8", true],
    ["10.1.2.3", "10.9.9.9/8", true],
    ["11.0.0.0", "10.0.0.0/8", false],
    ["9.255.255.255", "10.0.0.0/8", false],
    ["192.168.1.127", "192.168.1.0/25", true],
    ["192.168.1.128", "192.168.1.0/25", false],
    ["192.168.1.5", "192.168.1.5", true],
    ["192.168.1.5", "192.168.1.4/32", false],
    ["8.8.8.8", "0.0.0.0/0", true],
    ["::ffff:10.1.2.3", "10.0.0.0/8", true],
    ["::ffff:a01:203", "10.0.0.0/8", true],
    ["10.1.2.3", "::ffff:10.0.0.0/104", true],
    ["10.1.2.3", "::ffff:0:0/96", true],
    ["10.1.2.3", "::/0", false],
    ["::ffff:10.1.2.3", "::/0", false],
    ["2001:db8::1", "2001:db8::/32", true],
    ["2001:db9::1", "2001:db8::/32", false],
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1/128", true],
    ["2001:db8::1", "0.0.0.0/0", false],
    ["[::1]", "::1", true],
    ["fe80::1%eth0", "fe80::/10", true],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0/128", true],
    ["nonsense", "0.0.0.0/0", false],
    ["", "0.0.0.0/0", false],
    ["10.1.2.3", "nonsense", false],
  ])("%s in %s: %s", (address, cidr, isIn) => {
    expect(addressIsInCidrs(address, [cidr])).toBe(isIn);
  });

  it("holds nobody where no range is given, and takes any one of several", () => {
    expect(addressIsInCidrs("10.0.0.1", [])).toBe(false);
    expect(addressIsInCidrs("10.0.0.1", ["bad", "11.0.0.0/8", "10.0.0.1"])).toBe(true);
  });

  it("agrees with bit arithmetic for every IPv4 address and prefix", () => {
    const ipv4 = fc.integer({ min: 0, max: 0xffff_ffff });
    fc.assert(
      fc.property(ipv4, ipv4, fc.integer({ min: 0, max: 32 }), (address, network, prefixLength) => {
        const blockSize = 2 ** (32 - prefixLength);
        const isIn = Math.floor(address / blockSize) === Math.floor(network / blockSize);
        expect(addressIsInCidrs(dotted(address), [`${dotted(network)}/${prefixLength}`])).toBe(isIn);
        expect(addressIsInCidrs(`::ffff:${dotted(address)}`, [`${dotted(network)}/${prefixLength}`])).toBe(isIn);
      }),
    );
  });

  it("reads every written form of an IPv6 address alike", () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        expect(addressIsInCidrs(address, [`${address}/128`])).toBe(true);
        expect(addressIsInCidrs(address.toUpperCase(), [address])).toBe(true);
      }),
    );
  });
});

describe("isCidr", () => {
  it.each(["10.0.0.0/8", "10.0.0.0/0", "10.0.0.1", "::/0", "2001:db8::/32", "::1"])("takes %s", (text) => {
    expect(isCidr(text)).toBe(true);
  });

  it.each([
    "",
    "/8",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0.0/08",
    "10.0.0.0/8/8",
    "10.0.0.0/",
    "10.0.0/8",
    "010.0.0.0/8",
    "256.0.0.0/8",
    "0x0a.0.0.0/8",
    "167772160",
    "::/129",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7",
    "12345::",
    "1:2:3:4:5:6:7:8::",
    "1:2:3:4::5:6:7:8",
    "::1.2.3",
    "fe80::1%eth0/64",
    "10.0.0.0 /8",
    "example.org",
  ])("refuses %j", (text) => {
    expect(isCidr(text)).toBe(false);
  });
});

function dotted(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}
