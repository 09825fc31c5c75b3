import "../whatsapp/repairs/install.ts";
import fs, { readdir } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { drainMicrotasks } from "../whatsapp/auth/testing/memory-store.ts";
import { readJournal } from "./journal-file.ts";
import { away, batchOf, type JournalWorld, openJournalWorld, sessionText } from "./testing/journal-world.ts";

const { open, rename } = fs;
/** More than a renewal opens and renames. */
const FAULTS_MAX = 20;

describe("a snapshot and journal that are begun anew", () => {
  let world: JournalWorld;

  beforeEach(async () => {
    world = await openJournalWorld();
    await world.store.commit(batchOf("a", 1));
  });
  afterEach(async () => {
    mendDisk();
    await world.dispose();
  });

  const setCalls = (calls: Pick<typeof fs, "open" | "rename">) => {
    Object.assign(fs, calls);
    syncBuiltinESMExports();
  };
  const mendDisk = () => setCalls({ open, rename });
  /** Lets one call of the disk fail, the one after so many good ones. */
  const breakDiskAfter = (goodCalls: number) => {
    let left = goodCalls;
    const isBroken = () => left-- === 0;
    const fail = () => Promise.reject(Object.assign(new Error("too many open files"), { code: "EMFILE" }));
    setCalls({
      open: (...args) => (isBroken() ? fail() : open(...args)),
      rename: (...args) => (isBroken() ? fail() : rename(...args)),
    });
  };
  const goAway = () => {
    world.database.commitsFailWith = away();
    world.database.readsFailWith = away();
  };
  const journal = () => readJournal(world.folder.journalPath, world.keys);
  const hold = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    world.whole.gate = promise;
    return resolve;
  };

  it("acknowledge nothing in an outage that is not on the disk, wherever the renewal failed", async () => {
    const ends = new Set<string>();
    for (let fault = 0; fault < FAULTS_MAX; fault += 1) {
      breakDiskAfter(fault);
      const isRenewed = await world.copy.renew().then(
        () => true,
        () => false,
      );
      mendDisk();
      if (isRenewed) break;
      ends.add(world.copy.isWhole ? "as good as before" : "known to be lost");
      await world.store.commit(batchOf("a", fault + 2));
      goAway();
      const isTaken = await world.store.commit(batchOf("b", 1)).then(
        () => true,
        () => false,
      );
      const entries = (await journal())?.entries ?? [];
      expect(entries.some(({ records }) => records.some(({ id }) => id === "b"))).toBe(isTaken);
      if (isTaken)
        expect(await world.store.read("session", ["a"])).toEqual(new Map([["a", sessionText("chain", fault + 2)]]));
      await world.dispose();
      world = await openJournalWorld();
      await world.store.commit(batchOf("a", 1));
    }
    expect(ends).toEqual(new Set(["as good as before", "known to be lost"]));
  });

  it("have every commit that came while they were made, and no commit waited for them", async () => {
    const release = hold();
    const renewal = world.copy.renew();
    await drainMicrotasks();
    await world.store.commit(batchOf("b", 1));
    goAway();
    await world.store.commit(batchOf("b", 2));
    release();
    await renewal;
    expect(await journal()).toMatchObject({
      head: { revision: 1 },
      entries: [batchOf("b", 1), batchOf("b", 2)],
      storedUpTo: 2,
    });
    expect(await world.store.read("session", ["b"])).toEqual(new Map([["b", sessionText("chain", 2)]]));
    await world.store.commit(batchOf("b", 3));
    expect(await journal()).toMatchObject({ entries: [{}, {}, { revision: 4 }] });
  });

  it("are read as a pair: what is asked for meanwhile is found in both or in the former", async () => {
    await world.store.commit(batchOf("a", 2));
    world.copy.rest();
    const [, ...found] = await Promise.all([
      world.copy.renew(),
      ...Array.from({ length: 5 }, () => world.copy.find("session", ["none"])),
    ]);
    expect(found.every(({ size }) => size === 0)).toBe(true);
    expect(await readdir(world.folder.path)).toEqual(["journal", "snapshot-2"]);
  });

  it("do not come into the place of files whose store was closed meanwhile", async () => {
    const release = hold();
    const renewal = world.copy.renew();
    goAway();
    await world.store.commit(batchOf("b", 1));
    const closed = world.store.close();
    release();
    await expect(renewal).rejects.toThrow("given up");
    await closed;
    expect(await journal()).toMatchObject({ head: { revision: 0 }, entries: [{}, batchOf("b", 1)] });
  });
});
