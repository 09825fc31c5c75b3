import { DisconnectReason } from "@whiskeysockets/baileys";
import { describe, expect, it } from "vitest";
import { disconnectRule, UNTRUSTED_SERVER } from "./disconnect-table.ts";

describe("the disconnect table", () => {
  it("never reconnects by itself after being replaced, logged out or refused", () => {
    for (const code of [440, 401, 403, 411, 402, 405, 406, 419]) expect(disconnectRule(code).next).toBe("stop");
  });

  it("marks the device as unlinked only when the server says so", () => {
    const codes = [...Object.values(DisconnectReason).filter((code) => typeof code === "number"), 402, 405, 406, 419];
    const unlinking = codes.filter((code) => disconnectRule(code).unlinks);
    expect([...new Set(unlinking)]).toEqual([401, 419]);
  });

  it("names a server that cannot prove that it is WhatsApp, and keeps the link", () => {
    const rule = { reason: "server-not-trusted", next: "back-off", unlinks: false };
    expect(disconnectRule(UNTRUSTED_SERVER)).toMatchObject(rule);
  });

  it("reconnects at once after linking, and backs off from everything it does not know", () => {
    expect(disconnectRule(515).next).toBe("reconnect");
    expect(disconnectRule(null)).toMatchObject({ next: "back-off", reason: "unknown" });
    expect(disconnectRule(599)).toMatchObject({ next: "back-off", reason: "unknown" });
  });
});
