import { authBatches, authRecords, type BotId, custody, dataKeys } from "@switchboard/db/schema";
import type { Database } from "@switchboard/db/types";
import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ServiceError } from "../../errors.ts";
import { addBot, addTeam, holdBot, type TestLease } from "../../testing/factories.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { clearAuthState } from "./clear-auth-state.ts";
import { currentRevision } from "./current-revision.ts";
import { openRecordStore } from "./open-record-store.ts";

const PRE_KEYS = 812;

describe("the durable store of a bot's auth state", () => {
  let test: TestContext;
  let botId: BotId;
  let lease: TestLease;

  beforeAll(async () => {
    test = await createTestContext();
  });
  afterAll(() => test.dispose());
  beforeEach(async () => {
    botId = await addBot(test, await addTeam(test));
    lease = await holdBot(test, botId);
  });

  const ctx = (db?: Database) => test.as({ kind: "worker", workerId: "wrk_test" }, db ? { db } : {});
  const open = async (held = lease) => openRecordStore(ctx(), held, await currentRevision(ctx(), held));
  const session = (value: string | null) => ({ type: "session", id: "34600000001.0", value });
  const rows = () => test.db.reader.select().from(authRecords).where(eq(authRecords.botId, botId));
  const staleEpoch = expect.objectContaining({ code: "stale-epoch" });

  it("gives back what was committed, to this holder and to the next", async () => {
    await (await open()).commit({ records: [session('{"v":1}')], creds: '{"me":1}' });
    const next = await open(await holdBot(test, botId));
    expect(await next.read("session", ["34600000001.0", "unknown.0"])).toEqual(new Map([["34600000001.0", '{"v":1}']]));
    expect(await next.readCreds()).toBe('{"me":1}');
  });

  it("knows no credentials before the first commit", async () => {
    expect(await (await open()).readCreds()).toBeNull();
  });

  it("writes credentials and keys as one batch and raises the revision by one", async () => {
    const store = await open();
    const preKeys = Array.from({ length: PRE_KEYS }, (_, id) => ({
      type: "pre-key",
      id: `${id}`,
      value: `{"id":${id}}`,
    }));
    await store.commit({ records: preKeys, creds: "{}" });
    await store.commit({ records: [session("{}")], creds: null });
    expect(await currentRevision(ctx(), lease)).toBe(2);
    expect(await rows()).toHaveLength(PRE_KEYS + 2);
    expect((await store.read("pre-key", ["0", `${PRE_KEYS - 1}`])).size).toBe(2);
  });

  it("replaces and deletes", async () => {
    const store = await open();
    await store.commit({ records: [session('{"v":1}')], creds: null });
    await store.commit({ records: [session('{"v":2}')], creds: null });
    expect((await store.read("session", ["34600000001.0"])).get("34600000001.0")).toBe('{"v":2}');
    await store.commit({ records: [session(null)], creds: null });
    expect(await rows()).toEqual([]);
  });

  it("refuses a holder whose epoch is old, and writes nothing of its batch", async () => {
    const zombie = await open();
    await zombie.commit({ records: [session('{"v":1}')], creds: null });
    await holdBot(test, botId);
    await expect(zombie.commit({ records: [session('{"v":2}')], creds: '{"stolen":1}' })).rejects.toEqual(staleEpoch);
    const current = await open(await holdBot(test, botId));
    expect((await current.read("session", ["34600000001.0"])).get("34600000001.0")).toBe('{"v":1}');
    expect(await current.readCreds()).toBeNull();
  });

  it("refuses the right epoch under another lease id: a restarted worker of the same name is not the old one", async () => {
    const forged = openRecordStore(ctx(), { ...lease, leaseId: "lse_forged" }, 0);
    await expect(forged.commit({ records: [session("{}")], creds: null })).rejects.toBeInstanceOf(ServiceError);
    expect(await rows()).toEqual([]);
  });

  it("refuses a batch built on an old revision and writes nothing of it", async () => {
    const one = await open();
    const other = await open();
    await one.commit({ records: [session('{"v":"one"}')], creds: null });
    await expect(other.commit({ records: [session('{"v":"other"}')], creds: null })).rejects.toEqual(staleEpoch);
    expect((await one.read("session", ["34600000001.0"])).get("34600000001.0")).toBe('{"v":"one"}');
  });

  it("applies a batch once although it is sent twice", async () => {
    const batch = { records: [session('{"v":1}')], creds: null };
    await (await open()).commit(batch);
    await openRecordStore(ctx(), lease, 0).commit(batch);
    expect(await currentRevision(ctx(), lease)).toBe(1);
    const remembered = await test.db.reader.select().from(authBatches).where(eq(authBatches.botId, botId));
    expect(remembered).toHaveLength(1);
  });

  it("accepts the holder after its lease ran out as long as nobody else acquired", async () => {
    const store = await open();
    await test.db.write((tx) => tx.update(custody).set({ expiresAtMs: 1 }).where(eq(custody.botId, botId)));
    await store.commit({ records: [session("{}")], creds: null });
    expect(await rows()).toHaveLength(1);
  });

  it("keeps no phone number, key id or value readable in the database", async () => {
    await (await open()).commit({ records: [session('{"canary":"plain-value"}')], creds: null });
    const [row] = await rows();
    const text = Buffer.concat([row?.recordKey ?? Buffer.alloc(0), row?.ciphertext ?? Buffer.alloc(0)]).toString(
      "latin1",
    );
    expect(text.length).toBeGreaterThan(0);
    expect(text).not.toMatch(/34600000001|canary|plain-value/);
  });

  it.each([
    ["another bot's row", sql`bot_id = 'bot_other'`],
    ["an older version", sql`version = version - 1`],
    ["another type", sql`type = 'pre-key'`],
  ])("does not open %s", async (_, change) => {
    const store = await open();
    await store.commit({ records: [session("{}")], creds: null });
    const foreign = await addBot(test, await addTeam(test));
    await test.db.write(async (tx) => {
      await tx.run(sql`insert into data_keys select ${foreign}, id, master_key_id, wrapped, uses, created_at_ms, retired_at_ms
        from data_keys where bot_id = ${botId}`);
      const set = change.queryChunks.length > 0 && _ === "another bot's row" ? sql`bot_id = ${foreign}` : change;
      await tx.run(sql`update auth_records set ${set} where bot_id = ${botId}`);
    });
    const reader = _ === "another bot's row" ? foreign : botId;
    const other = openRecordStore(ctx(), { ...lease, botId: reader }, 1);
    const type = _ === "another type" ? "pre-key" : "session";
    const read = other.read(type, ["34600000001.0"]);
    // A row under a foreign name is not even found; one that is found does not open.
    await expect(
      read.then((found) => (found.size === 0 ? Promise.reject(new Error("not found")) : found)),
    ).rejects.toThrow();
  });

  it("counts the uses of its data key in blocks, never too few", async () => {
    const store = await open();
    await store.commit({ records: [session("{}")], creds: "{}" });
    const [key] = await test.db.reader.select().from(dataKeys).where(eq(dataKeys.botId, botId));
    expect(key?.uses).toBe(1_000);
  });

  it("is emptied only by the holder of the lease", async () => {
    const old = lease;
    await (await open()).commit({ records: [session("{}")], creds: "{}" });
    const current = await holdBot(test, botId);
    await expect(clearAuthState(ctx(), old)).rejects.toEqual(staleEpoch);
    await clearAuthState(ctx(), current);
    expect(await rows()).toEqual([]);
    await (await open(current)).commit({ records: [session("{}")], creds: null });
    expect(await rows()).toHaveLength(1);
  });

  it("is not filled again by a store that was opened before it was emptied", async () => {
    const before = await open();
    await before.commit({ records: [session("{}")], creds: "{}" });
    await clearAuthState(ctx(), lease);
    await expect(before.commit({ records: [session("{}")], creds: "{}" })).rejects.toEqual(staleEpoch);
    expect(await rows()).toEqual([]);
  });
});
