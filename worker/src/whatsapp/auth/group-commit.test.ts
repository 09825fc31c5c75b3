import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { AuthStateLife } from "./auth-state-life.ts";
import { AuthStateDeadError } from "./errors.ts";
import { GroupCommit } from "./group-commit.ts";
import { RecordCache } from "./record-cache.ts";
import { drainMicrotasks, MemoryStore } from "./testing/memory-store.ts";

const session = (id: string, value: string | null) => ({ type: "session", id, value });

function setUp() {
  const store = new MemoryStore();
  const events: string[] = [];
  const life = new AuthStateLife(() => events.push("death"));
  const credentials = { text: "creds 1" };
  const commits = new GroupCommit({
    store,
    cache: new RecordCache(),
    life,
    readCreds: () => credentials.text,
    durableCreds: "creds 1",
  });
  return { store, events, life, credentials, commits };
}

describe("group commit", () => {
  it("merges what is written while a commit is in flight, the last value of a record winning", async () => {
    const { store, commits } = setUp();
    const release = store.holdCommits();
    const first = commits.enqueue([session("a", "1")]);
    await nextTurn();
    const writes = [session("a", "2"), session("b", "3"), session("a", "4")];
    const durable = writes.map((record) => commits.enqueue([record]));
    release();
    await Promise.all([first, ...durable]);
    expect(store.batches.map(({ records }) => records)).toEqual([
      [session("a", "1")],
      [session("a", "4"), session("b", "3")],
    ]);
  });

  it("commits once what one turn of the event loop writes, as for the devices of one message", async () => {
    const { store, commits } = setUp();
    await Promise.all([commits.enqueue([session("a", "1")]), commits.enqueue([session("b", "2")])]);
    expect(store.batches).toHaveLength(1);
  });

  it("resolves a write only when its own batch is durable", async () => {
    const { store, commits } = setUp();
    const release = store.holdCommits();
    let isDurable = false;
    const durable = commits.enqueue([session("a", "1")]).then(() => {
      isDurable = true;
    });
    await drainMicrotasks();
    expect(isDurable).toBe(false);
    release();
    await durable;
    expect(store.rows.get("session:a")).toBe("1");
  });

  it("loses no write that comes in the tick in which a commit resolves", async () => {
    const { store, commits } = setUp();
    for (let round = 0; round < 50; round += 1) {
      const first = commits.enqueue([session("a", String(round))]);
      await first.then(() => commits.enqueue([session("b", String(round))]));
    }
    expect([store.rows.get("session:a"), store.rows.get("session:b")]).toEqual(["49", "49"]);
  });

  it("finds the newest value first: pending, then in flight, then committed", async () => {
    const { store, commits } = setUp();
    await commits.enqueue([session("a", "committed")]);
    expect(commits.find("session", "a")).toBe("committed");
    const release = store.holdCommits();
    const inFlight = commits.enqueue([session("a", "in flight")]);
    expect(commits.find("session", "a")).toBe("in flight");
    const pending = commits.enqueue([session("a", null)]);
    expect(commits.find("session", "a")).toBeNull();
    release();
    await Promise.all([inFlight, pending]);
    expect(commits.find("session", "a")).toBeNull();
    expect(commits.find("session", "b")).toBeUndefined();
  });

  it("adds the credentials to the batch exactly when they changed", async () => {
    const { store, credentials, commits } = setUp();
    await commits.enqueue([session("a", "1")]);
    credentials.text = "creds 2";
    await commits.enqueue([session("a", "2")]);
    await commits.enqueue([session("a", "3")]);
    expect(store.batches.map(({ creds }) => creds)).toEqual([null, "creds 2", null]);
  });

  it("commits changed credentials alone, and nothing when nothing changed", async () => {
    const { store, credentials, commits } = setUp();
    await commits.enqueue([]);
    expect(store.batches).toEqual([]);
    credentials.text = "creds 2";
    await commits.enqueue([]);
    expect(store.batches).toEqual([{ records: [], creds: "creds 2" }]);
  });

  it("announces the death before any waiting write learns of it, and rejects all that wait", async () => {
    const { store, events, commits } = setUp();
    const release = store.holdCommits();
    const writes = ["a", "b"].map((id) =>
      commits.enqueue([session(id, "1")]).catch((error: Error) => {
        events.push(`${id} rejected`);
        return error;
      }),
    );
    store.commitsFailWith = new Error("stale epoch");
    release();
    const errors = await Promise.all(writes);
    expect(events).toEqual(["death", "a rejected", "b rejected"]);
    expect(errors[0]).toBeInstanceOf(AuthStateDeadError);
    expect(errors[0]).toHaveProperty("cause", store.commitsFailWith);
  });

  it("never asks the store again after a failure", async () => {
    const { store, commits } = setUp();
    store.commitsFailWith = new Error("disk full");
    await expect(commits.enqueue([session("a", "1")])).rejects.toThrow(AuthStateDeadError);
    store.commitsFailWith = undefined;
    await expect(commits.enqueue([session("a", "2")])).rejects.toThrow(AuthStateDeadError);
    expect(store.batches).toHaveLength(1);
  });

  it("settles at once when nothing is under way", async () => {
    const { commits } = setUp();
    await expect(commits.settled()).resolves.toBeUndefined();
  });
});
