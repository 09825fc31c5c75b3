import "../whatsapp/repairs/install.ts";
import { readFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { StillPendingError, type StoreStoppedError } from "./errors.ts";
import { JournalWriter, readJournal } from "./journal-file.ts";
import { away, batchOf, type JournalWorld, openJournalWorld, sessionText, stale } from "./testing/journal-world.ts";

const DRAIN_MS = 5_000;

describe("a session in two places", () => {
  let world: JournalWorld;

  beforeEach(async () => {
    world = await openJournalWorld();
  });
  afterEach(() => world.dispose());

  const goAway = () => {
    world.database.commitsFailWith = away();
    world.database.readsFailWith = away();
  };
  const comeBack = () => {
    world.database.commitsFailWith = undefined;
    world.database.readsFailWith = undefined;
  };
  const journal = () => readJournal(world.folder.journalPath, world.keys);
  const rows = () => world.database.rows;
  const stopReason = (work: Promise<unknown>) => work.then(String, (err: StoreStoppedError) => err.reason);

  it("goes to the database first, and to the disk as stored", async () => {
    await world.store.commit(batchOf("a", 1));
    await world.copy.written();
    expect(rows().get("session:a")).toBe(sessionText("chain", 1));
    expect(await journal()).toMatchObject({ entries: [{ revision: 1 }], storedUpTo: 1 });
    expect(world.told).toEqual([]);
  });

  it("is on the disk alone while the database is away, and in the database when it is back, in the order of the commits", async () => {
    await world.store.commit(batchOf("a", 1));
    goAway();
    for (const messages of [2, 3]) await world.store.commit(batchOf("a", messages));
    await world.store.commit({ records: [{ type: "session", id: "b", value: null }], creds: '{"v":2}' });
    expect(rows().get("session:a")).toBe(sessionText("chain", 1));
    expect(await journal()).toMatchObject({ storedUpTo: 1, entries: [{}, {}, {}, {}] });
    const tried = world.database.batches.length;
    comeBack();
    await world.store.drain(DRAIN_MS);
    const applied = world.database.batches.slice(tried).map(({ records, creds }) => creds ?? records[0]?.value);
    expect(applied.slice(-3)).toEqual([sessionText("chain", 2), sessionText("chain", 3), '{"v":2}']);
    await world.copy.written();
    expect(await journal()).toMatchObject({ storedUpTo: 4 });
    expect(world.told).toEqual(["away", "back 3"]);
  });

  it("answers reads with what is newest, wherever it is", async () => {
    await world.store.commit({ records: [...batchOf("a", 1).records, ...batchOf("b", 1).records], creds: '{"v":1}' });
    goAway();
    await world.store.commit(batchOf("a", 2));
    await world.store.commit({ records: [{ type: "session", id: "b", value: null }], creds: null });
    const found = await world.store.read("session", ["a", "b", "c"]);
    expect(found).toEqual(new Map([["a", sessionText("chain", 2)]]));
    expect(await world.store.readCreds()).toBe('{"v":1}');
  });

  it("is read from the disk when nothing is pending and the database is away", async () => {
    await world.store.commit(batchOf("a", 1));
    goAway();
    expect((await world.store.read("session", ["a"])).get("a")).toBe(sessionText("chain", 1));
  });

  it("is read from the disk when the database only takes too long", async () => {
    await world.store.commit(batchOf("a", 1));
    const release = world.database.holdReads("session");
    expect((await world.store.read("session", ["a"])).get("a")).toBe(sessionText("chain", 1));
    release();
  });

  it("does not wait for a database that takes too long, and queues later commits behind it", async () => {
    const release = world.database.holdCommits();
    await world.store.commit(batchOf("a", 1));
    await world.store.commit(batchOf("a", 2));
    expect(world.store.pendingCount).toBe(2);
    expect(world.database.batches).toHaveLength(1);
    release();
    await world.store.drain(DRAIN_MS);
    expect(world.database.batches).toHaveLength(2);
    expect(rows().get("session:a")).toBe(sessionText("chain", 2));
  });

  it("makes a refusal final: it is no entry of the journal, before the outage as after it", async () => {
    world.database.commitsFailWith = stale();
    await expect(world.store.commit(batchOf("a", 1))).rejects.toThrow("stale");
    expect(await journal()).toMatchObject({ entries: [] });
    expect(world.store.pendingCount).toBe(0);
  });

  it("tells at once when the database refuses what was sent meanwhile, and takes nothing more", async () => {
    goAway();
    await world.store.commit(batchOf("a", 1));
    world.database.commitsFailWith = stale();
    await expect(world.store.drain(DRAIN_MS)).rejects.toThrow("stale");
    expect(world.told).toEqual(["away", "refused"]);
    await expect(world.store.commit(batchOf("a", 2))).rejects.toThrow("stale");
    expect(await journal()).toMatchObject({ entries: [{ revision: 1 }] });
    expect(world.store.isWhole).toBe(false);
  });

  it("stops when the lease is no longer certain, and what is on the disk then is not acknowledged", async () => {
    goAway();
    await world.store.commit(batchOf("a", 1));
    world.lease.isAlive = false;
    expect(await stopReason(world.store.commit(batchOf("a", 2)))).toBe("lease-deadline");
    comeBack();
    await world.store.drain(DRAIN_MS);
    expect(rows().get("session:a")).toBe(sessionText("chain", 1));
    expect(await stopReason(world.store.commit(batchOf("a", 2)))).toBe("lease-deadline");
  });

  it("does not begin without the database when the lease is no longer certain", async () => {
    goAway();
    world.lease.isAlive = false;
    expect(await stopReason(world.store.commit(batchOf("a", 1)))).toBe("lease-deadline");
    expect(await journal()).toMatchObject({ entries: [] });
  });

  it("stops at the 49th message of a chain, while other chains go on up to theirs", async () => {
    await world.store.commit(batchOf("a", 10));
    goAway();
    for (let messages = 11; messages <= 58; messages += 1) await world.store.commit(batchOf("a", messages));
    await world.store.commit(batchOf("b", 48));
    expect(await stopReason(world.store.commit(batchOf("a", 59)))).toBe("chain-limit");
    expect(await stopReason(world.store.commit(batchOf("c", 1)))).toBe("chain-limit");
    comeBack();
    await world.store.drain(DRAIN_MS);
    expect(rows().get("session:a")).toBe(sessionText("chain", 58));
  });

  it("counts a chain anew once the database has it", async () => {
    goAway();
    await world.store.commit(batchOf("a", 48));
    comeBack();
    await world.store.drain(DRAIN_MS);
    goAway();
    await world.store.commit(batchOf("a", 96));
    expect(await stopReason(world.store.commit(batchOf("a", 97)))).toBe("chain-limit");
  });

  it("stops without the database when the disk is full, and nothing counts as durable", async () => {
    const full = vi.spyOn(JournalWriter.prototype, "append").mockRejectedValue(new Error("no space"));
    goAway();
    expect(await stopReason(world.store.commit(batchOf("a", 1)))).toBe("no-second-place");
    expect(await stopReason(world.store.commit(batchOf("a", 1)))).toBe("no-second-place");
    expect(world.store.pendingCount).toBe(0);
    full.mockRestore();
  });

  it("goes on with the database alone when the disk is full, says so once, and mends itself later", async () => {
    const full = vi.spyOn(JournalWriter.prototype, "append").mockRejectedValue(new Error("no space"));
    await world.store.commit(batchOf("a", 1));
    await world.store.commit(batchOf("a", 2));
    full.mockRestore();
    expect(world.told).toEqual(["copy lost"]);
    expect(rows().get("session:a")).toBe(sessionText("chain", 2));
    await world.store.commit(batchOf("a", 3));
    await world.store.commit(batchOf("a", 4));
    await world.copy.idle();
    expect(await journal()).toMatchObject({
      entries: expect.arrayContaining([expect.objectContaining({ revision: 4 })]),
    });
    goAway();
    await world.store.commit(batchOf("a", 5));
    expect(world.told).toEqual(["copy lost", "away"]);
  });

  const preKey = { records: [{ type: "pre-key", id: "31", value: "{}" }], creds: null };
  const credsAt = (nextPreKeyId: number, keyId = 1) => JSON.stringify({ nextPreKeyId, signedPreKey: { keyId } });
  it.each([
    ["pre-keys", preKey],
    ["a number for the next of them", { records: [], creds: credsAt(32) }],
    ["a signed pre-key", { records: [], creds: credsAt(31, 2) }],
  ])("stops without the database where a commit has new keys: %s", async (_, batch) => {
    await world.store.commit({ records: [], creds: credsAt(31) });
    goAway();
    await world.store.commit({ records: [{ type: "pre-key", id: "3", value: null }], creds: credsAt(31) });
    const { length } = (await journal())?.entries ?? [];
    expect(await stopReason(world.store.commit(batch))).toBe("new-keys");
    expect((await journal())?.entries).toHaveLength(length);
    comeBack();
    await world.store.drain(DRAIN_MS);
    expect(world.database.creds).toBe(credsAt(31));
  });

  it("waits with new keys for a database that is only slow, or on its way back", async () => {
    const release = world.database.holdCommits();
    setTimeout(release, 100);
    await world.store.commit(preKey);
    expect(world.store.pendingCount).toBe(0);
    goAway();
    await world.store.commit(batchOf("a", 1));
    comeBack();
    await world.store.commit({ ...preKey, creds: credsAt(32) });
    expect(world.database.creds).toBe(credsAt(32));
    await world.copy.written();
    expect(await journal()).toMatchObject({ storedUpTo: 3, entries: [{}, {}, {}] });
  });

  it("refuses to be called settled while something is pending", async () => {
    goAway();
    await world.store.commit(batchOf("a", 1));
    await expect(world.store.drain(20)).rejects.toThrow(StillPendingError);
    comeBack();
    await world.store.drain(DRAIN_MS);
  });

  it("takes nothing more from the tick in which it is abandoned, and leaves its journal as it is", async () => {
    goAway();
    await world.store.commit(batchOf("a", 1));
    world.store.abandon();
    expect(await stopReason(world.store.commit(batchOf("a", 2)))).toBe("abandoned");
    await world.store.close();
    comeBack();
    expect(await journal()).toMatchObject({ entries: [{ revision: 1 }], storedUpTo: 0 });
    expect(rows().size).toBe(0);
  });

  it("begins a new journal when the old one is long, and forgets nothing", async () => {
    const long = "x".repeat(300_000);
    for (let write = 0; write < 5; write += 1)
      await world.store.commit({ records: [{ type: "tctoken", id: `t${write}`, value: long }], creds: null });
    await world.copy.idle();
    expect((await readFile(world.folder.journalPath)).length).toBeLessThan(1_000);
    expect(await journal()).toMatchObject({ head: { revision: 5 }, entries: [] });
    await world.store.commit(batchOf("a", 1));
    await world.copy.written();
    expect(await journal()).toMatchObject({ entries: [{ revision: 6 }] });
  });
});
