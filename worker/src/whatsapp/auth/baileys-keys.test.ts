import "../repairs/install.ts";
import { addTransactionCapability, Curve, type SignalDataSet } from "@whiskeysockets/baileys";
import pino from "pino";
import { describe, expect, it } from "vitest";
import { mendBaileysKeys } from "./baileys-keys.ts";
import { drainMicrotasks } from "./testing/memory-store.ts";

function setUp() {
  const sets: SignalDataSet[] = [];
  const events: string[] = [];
  const below = {
    get: async () => ({}),
    set: async (data: SignalDataSet) => {
      await drainMicrotasks();
      sets.push(structuredClone(data));
    },
    flush: async () => void events.push("flush"),
  };
  const keys = addTransactionCapability(below, pino({ level: "silent" }), {
    maxCommitRetries: 1,
    delayBetweenTriesMs: 0,
  });
  return { sets, events, below, keys };
}

const token = { tctoken: { contact: { token: Buffer.from("t") } } };

/** A write that comes after the transaction in whose async context it runs, as Baileys' token write does. */
async function writeLate(keys: ReturnType<typeof setUp>["keys"]): Promise<void> {
  const over = Promise.withResolvers<void>();
  let late: Promise<void> = Promise.resolve();
  await keys.transaction(async () => {
    late = over.promise.then(() => keys.set(token));
  }, "me");
  over.resolve();
  await late;
}

describe("Baileys’ keys", () => {
  it("lose a late write as they come", async () => {
    const { sets, keys } = setUp();
    await writeLate(keys);
    expect(sets).toEqual([]);
  });

  it("keep a late write when mended", async () => {
    const { sets, below, keys } = setUp();
    mendBaileysKeys(keys, below);
    await writeLate(keys);
    expect(sets).toHaveLength(1);
    expect(sets[0]).toHaveProperty("tctoken.contact");
  });

  it("begin a transaction of their own for late work that asks for one", async () => {
    const { sets, below, keys } = setUp();
    mendBaileysKeys(keys, below);
    const over = Promise.withResolvers<void>();
    let late: Promise<void> = Promise.resolve();
    await keys.transaction(async () => {
      late = over.promise.then(() => keys.transaction(async () => keys.set(token), "me"));
    }, "me");
    over.resolve();
    await late;
    expect(keys.isInTransaction()).toBe(false);
    expect(sets).toHaveLength(1);
  });

  it("still commit a transaction’s writes together, when it ends", async () => {
    const { sets, below, keys } = setUp();
    mendBaileysKeys(keys, below);
    await keys.transaction(async () => {
      await keys.set({ "device-list": { a: ["0"] } });
      await keys.transaction(async () => keys.set({ "sender-key-memory": { g: { a: true } } }), "other");
      expect(sets).toEqual([]);
      expect(await keys.get("device-list", ["a"])).toEqual({ a: ["0"] });
    }, "me");
    expect(sets).toEqual([{ "device-list": { a: ["0"] }, "sender-key-memory": { g: { a: true } } }]);
  });

  it("make a new pre-key durable before the work goes on, and the credentials before the transaction ends", async () => {
    const { sets, events, below, keys } = setUp();
    mendBaileysKeys(keys, below);
    await keys.transaction(async () => {
      await keys.set({ "pre-key": { 7: Curve.generateKeyPair() } });
      events.push(`receipt sent with ${sets.length} pre-key`);
    }, "me");
    expect(events).toEqual(["receipt sent with 1 pre-key", "flush"]);
  });

  it("leave the deletion of a pre-key to Baileys", async () => {
    const { sets, below, keys } = setUp();
    mendBaileysKeys(keys, below);
    await keys.transaction(async () => keys.set({ "pre-key": { 7: null } }), "me");
    expect(sets.flatMap((data) => Object.entries(data["pre-key"] ?? {}))).toEqual([]);
  });
});
