import { describe, expect, it } from "vitest";
import { parseJid, withoutDevice } from "./jid.ts";

describe("parseJid", () => {
  it.each([
    [
      "4915123456789@s.whatsapp.net",
      { user: "4915123456789", server: "s.whatsapp.net", agent: null, device: null, kind: "phone-number" },
    ],
    [
      "4915123456789:12@s.whatsapp.net",
      { user: "4915123456789", server: "s.whatsapp.net", agent: null, device: 12, kind: "phone-number" },
    ],
    ["123456_1:2@lid", { user: "123456", server: "lid", agent: 1, device: 2, kind: "lid" }],
    ["123456:0@lid", { user: "123456", server: "lid", agent: null, device: 0, kind: "lid" }],
    [
      "4915123456789:99@hosted",
      { user: "4915123456789", server: "hosted", agent: null, device: 99, kind: "phone-number" },
    ],
    ["123456:99@hosted.lid", { user: "123456", server: "hosted.lid", agent: null, device: 99, kind: "lid" }],
    ["4915123456789@c.us", { user: "4915123456789", server: "c.us", agent: null, device: null, kind: "phone-number" }],
    ["491512345-160000@g.us", { user: "491512345-160000", server: "g.us", agent: null, device: null, kind: "group" }],
    ["status@broadcast", { user: "status", server: "broadcast", agent: null, device: null, kind: "other" }],
  ])("takes %s apart", (text, parts) => {
    expect(parseJid(text)).toEqual(parts);
  });

  it.each([
    "",
    "@lid",
    "123",
    "abc@lid",
    "abc@s.whatsapp.net",
    "12:3:4@lid",
    "12:x@lid",
    "1@2@lid",
    "123456789012345678901@lid",
    "1@constructor ",
  ])("answers null for %j", (text) => {
    expect(parseJid(text)).toBeNull();
  });

  it("takes no kind from names every object has", () => {
    expect(parseJid("1@constructor")?.kind).toBe("other");
  });
});

describe("withoutDevice", () => {
  it.each([
    ["49151:7@s.whatsapp.net", "49151@s.whatsapp.net"],
    ["123_1:2@lid", "123@lid"],
    ["123:99@hosted.lid", "123@hosted.lid"],
    ["49151@c.us", "49151@s.whatsapp.net"],
    ["nonsense", null],
  ])("makes %s to %s", (text, bare) => {
    expect(withoutDevice(text)).toBe(bare);
  });
});
