import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { createOriginReader } from "./client-address.ts";

type Headers = Record<string, string>;

function requestFrom(peer: string, headers: Headers): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, "remoteAddress", { value: peer });
  const req = new IncomingMessage(socket);
  Object.assign(req.headers, headers);
  return req;
}

describe("the client's address", () => {
  test.each<[string, string[], string, Headers, string]>([
    ["is the peer when nobody is trusted", [], "203.0.113.9", { "x-forwarded-for": "198.51.100.1" }, "203.0.113.9"],
    [
      "is the peer when the peer is not trusted",
      ["10.0.0.0/8"],
      "203.0.113.9",
      { "x-forwarded-for": "1.2.3.4" },
      "203.0.113.9",
    ],
    ["comes from a trusted proxy", ["10.0.0.0/8"], "10.1.2.3", { "x-forwarded-for": "198.51.100.1" }, "198.51.100.1"],
    [
      "is the right-most one that is not trusted",
      ["10.0.0.0/8"],
      "10.1.2.3",
      { "x-forwarded-for": "6.6.6.6, 198.51.100.1, 10.9.9.9" },
      "198.51.100.1",
    ],
    ["is the proxy itself when it forwards nothing", ["10.0.0.0/8"], "10.1.2.3", {}, "10.1.2.3"],
    [
      "stops at text that is no address",
      ["10.0.0.0/8"],
      "10.1.2.3",
      { "x-forwarded-for": "1.1.1.1, unknown, 10.9.9.9" },
      "10.9.9.9",
    ],
    [
      "is plain when the socket takes both families",
      ["10.0.0.0/8"],
      "::ffff:10.1.2.3",
      { "x-forwarded-for": "::ffff:198.51.100.1" },
      "198.51.100.1",
    ],
    ["may be IPv6", ["2001:db8::/32"], "2001:db8::1", { "x-forwarded-for": "2001:db9::7" }, "2001:db9::7"],
    ["is believed from one exact address", ["10.1.2.3"], "10.1.2.4", { "x-forwarded-for": "198.51.100.1" }, "10.1.2.4"],
  ])("%s", (_name, trusted, peer, headers, expected) => {
    expect(createOriginReader(trusted, undefined)(requestFrom(peer, headers)).clientAddress).toBe(expected);
  });
});

describe("protocol and host", () => {
  test.each<[string, string | undefined, string, Headers, { protocol: string; host: string }]>([
    [
      "are the request's own without a proxy",
      undefined,
      "203.0.113.9",
      { host: "a.test:3000", "x-forwarded-proto": "https", "x-forwarded-host": "evil.test" },
      { protocol: "http", host: "a.test:3000" },
    ],
    [
      "come from a trusted proxy",
      undefined,
      "10.1.2.3",
      { host: "a.test:3000", "x-forwarded-proto": "https", "x-forwarded-host": "b.test" },
      { protocol: "https", host: "b.test" },
    ],
    [
      "come from PUBLIC_URL first",
      "https://c.test",
      "203.0.113.9",
      { host: "a.test:3000" },
      { protocol: "https", host: "c.test" },
    ],
  ])("%s", (_name, publicUrl, peer, headers, expected) => {
    expect(createOriginReader(["10.0.0.0/8"], publicUrl)(requestFrom(peer, headers))).toMatchObject(expected);
  });
});

test.each(["10.0.0.0/33", "10.0.0.0/x", "proxy.example", "::1/129"])("a proxy given as %s stops the start", (range) => {
  expect(() => createOriginReader([range], undefined)).toThrow(`"${range}" is neither`);
});
