import { describe, expect, it } from "vitest";
import { RECOVERY_MESSAGES } from "../whatsapp/auth/recover-after-unclean-end.ts";
import { CHAIN_MESSAGES_MAX, ChainLimit, messagesSince } from "./chain-limit.ts";
import { sessionText } from "./testing/journal-world.ts";

const at = (messages: number, chain = "ours") => ({ type: "session", id: "a.0", value: sessionText(chain, messages) });
const stored = (messages: number) => async () => sessionText("ours", messages);
const nothing = async () => null;

describe("how far a chain may go beyond the database", () => {
  it("is less than what a recovery skips", () => {
    expect(CHAIN_MESSAGES_MAX).toBe(48);
    expect(CHAIN_MESSAGES_MAX).toBeLessThan(RECOVERY_MESSAGES);
  });

  it("is the furthest of all chains; a new one counts from its beginning", () => {
    expect(messagesSince(new Map([["a", 10]]), new Map([["a", 13]]))).toBe(3);
    expect(
      messagesSince(
        new Map([["a", 10]]),
        new Map([
          ["a", 11],
          ["b", 5],
        ]),
      ),
    ).toBe(5);
    expect(messagesSince(new Map(), new Map())).toBe(0);
  });

  it("admits the 48th message of a chain and not the 49th", async () => {
    const limit = new ChainLimit();
    for (let message = 1; message <= CHAIN_MESSAGES_MAX; message += 1)
      expect(await limit.admits([at(100 + message)], stored(100))).toBe(true);
    expect(await limit.admits([at(101 + CHAIN_MESSAGES_MAX)], stored(100))).toBe(false);
  });

  it("counts every message of a record that was merged from many writes", async () => {
    expect(await new ChainLimit().admits([at(149)], stored(100))).toBe(false);
    expect(await new ChainLimit().admits([at(148)], stored(100))).toBe(true);
  });

  it("counts anew from what the database has acknowledged", async () => {
    const limit = new ChainLimit();
    expect(await limit.admits([at(148)], stored(100))).toBe(true);
    limit.acknowledge([at(148)]);
    expect(await limit.admits([at(196)], nothing)).toBe(true);
    expect(await limit.admits([at(197)], nothing)).toBe(false);
    limit.clear();
    expect(await limit.admits([at(197)], stored(197))).toBe(true);
  });

  it("does not count what was only received, nor records that send nothing", async () => {
    const limit = new ChainLimit();
    for (let write = 0; write < 200; write += 1) expect(await limit.admits([at(100)], stored(100))).toBe(true);
    const preKey = { type: "pre-key", id: "1", value: "{}" };
    expect(await limit.admits([preKey, { ...at(0), value: null }], nothing)).toBe(true);
  });
});
