import "../repairs/install.ts";
import { describe, expect, it } from "vitest";
import { AuthStateLife } from "./auth-state-life.ts";
import { BotTransactions } from "./bot-transactions.ts";
import { AuthStateClosedError } from "./errors.ts";
import { GroupCommit } from "./group-commit.ts";
import { RecordCache } from "./record-cache.ts";
import { drainMicrotasks, MemoryStore } from "./testing/memory-store.ts";

const bytes = (text: string) => Buffer.from(text);

function setUp() {
  const store = new MemoryStore();
  const life = new AuthStateLife(() => undefined);
  const commits = new GroupCommit({ store, cache: new RecordCache(), life, readCreds: () => "", durableCreds: "" });
  const transactions = new BotTransactions({ store, commits, life, onWrite: () => undefined });
  return { store, life, commits, transactions };
}

/** A promise, and whether it settled yet. */
function watch<T>(promise: Promise<T>) {
  const state = { promise, isSettled: false };
  const settle = () => {
    state.isSettled = true;
  };
  promise.then(settle, settle);
  return state;
}

describe("transaction", () => {
  it("returns its result only when its writes are durable", async () => {
    const { store, transactions } = setUp();
    const release = store.holdCommits();
    const encrypt = watch(transactions.run(async () => transactions.set({ session: { a: bytes("1") } })));
    await drainMicrotasks();
    expect(encrypt.isSettled).toBe(false);
    release();
    await encrypt.promise;
    expect(store.rows.has("session:a")).toBe(true);
  });

  it("lets the next one read its writes before they are durable", async () => {
    const { store, transactions } = setUp();
    const release = store.holdCommits();
    const first = transactions.run(async () => transactions.set({ session: { a: bytes("1") } }));
    const second = transactions.run(async () =>
      transactions.set({
        session: { a: Buffer.concat([(await transactions.get("session", ["a"])).a ?? bytes(""), bytes("2")]) },
      }),
    );
    await drainMicrotasks();
    expect(Buffer.from((await transactions.get("session", ["a"])).a ?? []).toString()).toBe("12");
    release();
    await Promise.all([first, second]);
  });

  it("that wrote nothing waits for what it may have read", async () => {
    const { store, transactions } = setUp();
    const release = store.holdCommits();
    const write = transactions.run(async () => transactions.set({ "sender-key": { g: bytes("1") } }));
    const read = watch(transactions.run(async () => transactions.get("sender-key", ["g"])));
    await drainMicrotasks();
    expect(read.isSettled).toBe(false);
    release();
    expect(Object.keys(await read.promise)).toEqual(["g"]);
    await write;
  });

  it("writes nothing when its work fails", async () => {
    const { store, transactions } = setUp();
    const failing = transactions.run(async () => {
      await transactions.set({ session: { a: null }, "identity-key": { a: bytes("forged") } });
      throw new Error("Bad MAC");
    });
    await expect(failing).rejects.toThrow("Bad MAC");
    expect(store.batches).toEqual([]);
  });

  it("writes nothing when a read inside failed, even if the work took it for an absent record", async () => {
    const { store, transactions } = setUp();
    store.readsFailWith = new Error("store busy");
    const overwriting = transactions.run(async () => {
      const found = await transactions.get("session", ["a"]).catch(() => ({}));
      await transactions.set({ session: { a: bytes("new") } });
      return found;
    });
    await expect(overwriting).rejects.toThrow("store busy");
    expect(store.batches).toEqual([]);
  });

  it("runs one at a time; inside another one it is part of that", async () => {
    const { store, transactions } = setUp();
    const order: string[] = [];
    const outer = transactions.run(async () => {
      await transactions.transaction(async () => transactions.set({ session: { a: bytes("1") } }), "contact");
      await drainMicrotasks();
      order.push("outer");
    });
    const next = transactions.run(async () => order.push("next"));
    await Promise.all([outer, next]);
    expect(order).toEqual(["outer", "next"]);
    expect(store.batches).toHaveLength(1);
  });

  it("is over when its work settled: a late write takes the lock itself and is durable", async () => {
    const { store, transactions } = setUp();
    const later = Promise.withResolvers<void>();
    let late: Promise<void> = Promise.resolve();
    await transactions.run(async () => {
      late = later.promise.then(() => transactions.set({ session: { a: bytes("late") } }));
    });
    expect(transactions.isInTransaction()).toBe(false);
    later.resolve();
    await late;
    expect(store.rows.has("session:a")).toBe(true);
  });

  it("keeps the lock free for LID mappings, whose look-up its holder may wait for", async () => {
    const { store, transactions } = setUp();
    const looked = Promise.withResolvers<void>();
    const holder = transactions.run(() => looked.promise);
    await transactions.transaction(async () => transactions.set({ "lid-mapping": { 123: "456" } }), "lid-mapping");
    looked.resolve();
    await holder;
    expect(store.rows.get("lid-mapping:123")).toBe('"456"');
  });
});

describe("a write outside a transaction", () => {
  it.each(["session", "sender-key", "identity-key"] as const)("waits for the lock when it is a %s", async (type) => {
    const { transactions } = setUp();
    const held = Promise.withResolvers<void>();
    const holder = transactions.run(() => held.promise);
    const write = watch(transactions.set({ [type]: { a: null } }));
    await drainMicrotasks();
    expect(write.isSettled).toBe(false);
    held.resolve();
    await Promise.all([holder, write.promise]);
  });

  it("does not wait for the lock when no ratchet or pre-key is in it", async () => {
    const { store, transactions } = setUp();
    const held = Promise.withResolvers<void>();
    const holder = transactions.run(() => held.promise);
    await transactions.set({ "device-list": { a: ["0"] }, "sender-key-memory": { g: { a: true } } });
    expect(store.batches).toHaveLength(1);
    held.resolve();
    await holder;
  });

  it("is one batch, whatever types it has", async () => {
    const { store, transactions } = setUp();
    await transactions.set({ session: { a: null }, "identity-key": { a: bytes("k") }, "device-list": { a: ["0"] } });
    expect(store.batches.map(({ records }) => records.length)).toEqual([3]);
  });
});

describe("close", () => {
  it("lets running and waiting transactions finish and refuses later writes", async () => {
    const { store, commits, transactions } = setUp();
    const held = Promise.withResolvers<void>();
    const running = transactions.run(async () => {
      await held.promise;
      await transactions.set({ session: { a: bytes("1") } });
    });
    const waiting = transactions.run(async () => transactions.set({ session: { b: bytes("2") } }));
    const closed = transactions.close();
    held.resolve();
    await Promise.all([running, waiting, closed, commits.settled()]);
    expect([...store.rows.keys()]).toEqual(["session:a", "session:b"]);
    await expect(transactions.run(async () => 1)).rejects.toThrow(AuthStateClosedError);
    await expect(transactions.set({ "device-list": { a: ["0"] } })).rejects.toThrow(AuthStateClosedError);
    expect(Object.keys(await transactions.get("session", ["a"]))).toEqual(["a"]);
  });
});
