import { describe, expect, it } from "vitest";
import { countedAddress } from "./ip-address.ts";

describe("whose an address is, for counting", () => {
  it.each([
    ["192.0.2.7", "192.0.2.7"],
    ["255.255.255.255", "255.255.255.255"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["::FFFF:c000:207", "192.0.2.7"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:DB8:0:0:ffff:ffff:ffff:ffff", "2001:db8:0:0::/64"],
    ["[2001:db8:0:1::1]", "2001:db8:0:1::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
  ])("%s is counted as %s", (address, counted) => {
    expect(countedAddress(address)).toBe(counted);
  });

  it.each([null, "", "unix:/run/x", "10.1"])("%j is nobody's that is known", (address) => {
    expect(countedAddress(address)).toBe("unknown");
  });
});
