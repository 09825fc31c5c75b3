import "../../../worker/src/whatsapp/repairs/install.ts";
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clearAuthState } from "@switchboard/core/services/auth-state/clear-auth-state";
import { currentRevision } from "@switchboard/core/services/auth-state/current-revision";
import { readHeldAuthState } from "@switchboard/core/services/auth-state/read-auth-state";
import { acquireForWorker, type WorkerLease } from "@switchboard/core/services/custody/worker-leases";
import { addBot, addTeam } from "@switchboard/core/testing/factories";
import { createTestContext, type TestContext } from "@switchboard/core/testing/test-context";
import { authBatches, type BotId, custody } from "@switchboard/db/schema";
import { createLogger } from "@switchboard/host/logger";
import { and, eq, gt } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SessionCopy } from "../../../worker/src/journal/session-copy.ts";
import { SessionPlaces } from "../../../worker/src/journal/session-places.ts";
import { createMetrics, type WorkerMetrics } from "../../../worker/src/metrics.ts";
import { workerTimings } from "../../../worker/src/timings.ts";
import { makeRandom } from "../../signal-durability/random.ts";
import { type FaultyDatabase, type Mood, makeFaulty } from "./support/faulty-database.ts";

const SEEDS = 12;
const LIVES = 4;
const COMMITS_PER_LIFE = 15;
const IDS = ["a", "b", "c", "d"];

describe("a journal that is brought to the database", () => {
  let test: TestContext;
  let faulty: FaultyDatabase;
  let dataDir: string;
  let botId: BotId;
  let lease: WorkerLease;
  let places: SessionPlaces;
  let metrics: WorkerMetrics;

  beforeEach(async () => {
    test = await createTestContext();
    faulty = makeFaulty(test.db);
    dataDir = await mkdtemp(join(tmpdir(), "switchboard-replay-"));
    metrics = createMetrics();
    await beginBot();
    places = makePlaces();
  });
  afterEach(async () => {
    faulty.mood = "well";
    await places.settle(lease).catch(() => undefined);
    await places.forget(lease, "bot");
    await rm(dataDir, { recursive: true, force: true });
    await test.dispose();
  });

  const ctxOf = (workerId: string) => test.as({ kind: "worker", workerId }, { db: faulty.db });
  const beginBot = async () => {
    botId = await addBot(test, await addTeam(test));
    lease = await acquire();
  };
  const acquire = async (workerId = "worker-1") => {
    const granted = await acquireForWorker(test.as({ kind: "worker", workerId }), { botId, workerId });
    if (granted === null) throw new Error("not granted");
    return granted;
  };
  const makePlaces = (workerId = "worker-1", copyRetryMs = workerTimings.copyRetryMs) => {
    const timings = { ...workerTimings, copyRetryMs, storePatienceMs: 100, replayRetryMs: 2, closeLimitMs: 10_000 };
    return new SessionPlaces({
      ctx: ctxOf(workerId),
      workerId,
      dataDir,
      logger: createLogger("worker", "silent"),
      metrics,
      timings,
    });
  };
  const open = (from = places) => from.open(lease, { isAlive: () => true, onRefused: () => undefined });
  const token = (id: string, value: string | null) => ({ records: [{ type: "tctoken", id, value }], creds: null });
  const stored = async () => {
    const { keys, creds } = await readHeldAuthState(test.as({ kind: "worker", workerId: "any" }), lease);
    return { creds, values: Object.fromEntries([...(keys.get("tctoken") ?? [])].sort()) };
  };
  const files = async () => (await readdir(join(dataDir, "sessions", botId)).catch(() => [])).sort();
  const journalPath = () => join(dataDir, "sessions", botId, `e${lease.epoch}`, "journal");
  const counted = async () => {
    const { values } = await metrics.sessionStore.get();
    return Object.fromEntries(values.map(({ labels, value }) => [labels.event, value]));
  };
  const commitAway = async (count = 3) => {
    const store = await open();
    await store.commit(token("a", "0"));
    faulty.mood = "away";
    for (let value = 1; value <= count; value += 1) await store.commit(token("a", `${value}`));
  };
  /** The process ends; what it had under way may still reach the database. */
  const crash = () => places.abandon(lease);
  const restart = async () => {
    faulty.mood = "well";
    places = makePlaces();
    await places.replayLeftovers();
  };

  it("has every acknowledged commit of every life in it, once and in order, whatever was lost on the way", async () => {
    for (let seed = 0; seed < SEEDS; seed += 1) {
      const random = makeRandom(seed);
      await beginBot();
      let model: Record<string, string> = {};
      for (let life = 0; life < LIVES; life += 1) {
        faulty.mood = "well";
        const store = await open();
        for (let commit = 0; commit < COMMITS_PER_LIFE; commit += 1) {
          if (random.chance(0.3)) faulty.mood = random.pick<Mood>(["well", "away", "deaf"]);
          const id = random.pick(IDS);
          const value = random.chance(0.2) ? null : `${seed} ${life} ${commit}`;
          await store.commit(token(id, value));
          const { [id]: _, ...others } = model;
          model = value === null ? others : { ...others, [id]: value };
          expect(Object.fromEntries(await store.read("tctoken", IDS))).toEqual(model);
        }
        const { epoch } = lease;
        crash();
        if (random.chance(0.5))
          await makePlaces()
            .replayLeftovers()
            .catch(() => undefined);
        await restart();
        expect((await stored()).values, `seed ${seed}, life ${life}`).toEqual(
          Object.fromEntries(Object.entries(model).sort()),
        );
        expect(await files()).toEqual([]);
        await expectContiguous(epoch);
        lease = await acquire();
      }
    }
  });

  const expectContiguous = async (epoch: number) => {
    const isOfEpoch = and(eq(authBatches.botId, botId), eq(authBatches.epoch, epoch));
    const rows = await test.db.reader.select().from(authBatches).where(isOfEpoch).orderBy(authBatches.revision);
    const [first] = rows;
    expect(rows.map(({ revision }) => revision)).toEqual(rows.map((_, index) => (first?.revision ?? 0) + index));
  };

  it("is applied once however often it is brought, by several processes at a time", async () => {
    await commitAway();
    const { authRevision } = await custodyRow();
    crash();
    faulty.mood = "well";
    const [one, two] = [makePlaces(), makePlaces()];
    await Promise.all([one.replayLeftovers(), two.replayLeftovers().catch(() => undefined)]);
    expect((await stored()).values).toEqual({ a: "3" });
    expect((await custodyRow()).authRevision).toBe(authRevision + 3);
  });

  it("stays where it is while the database is away, and nothing is taken before", async () => {
    await commitAway();
    crash();
    places = makePlaces();
    await expect(places.replayLeftovers()).rejects.toMatchObject({ code: "database_unavailable" });
    expect(await files()).toEqual([`e${lease.epoch}`]);
    faulty.mood = "well";
    await places.replayLeftovers();
    expect((await stored()).values).toEqual({ a: "3" });
  });

  it("ends before a commit that was cut off, and is brought as far as it goes", async () => {
    await commitAway();
    crash();
    const bytes = await readFile(journalPath());
    await writeFile(journalPath(), bytes.subarray(0, bytes.length - 9));
    await restart();
    expect((await stored()).values).toEqual({ a: "2" });
    expect(await counted()).toEqual({ outage: 1, replayed: 1 });
    expect(await files()).toEqual([]);
  });

  it.each([
    ["altered", "altered", async () => appendFile(journalPath(), "something else that is long enough to be an entry")],
    [
      "of a lease that was revoked",
      "other-holder",
      async () => {
        await test.db.write((tx) =>
          tx
            .update(custody)
            .set({ epoch: lease.epoch + 1, state: "free", leaseId: null })
            .where(eq(custody.botId, botId)),
        );
      },
    ],
    [
      "of a bot that is frozen",
      "other-holder",
      async () => {
        await test.db.write((tx) => tx.update(custody).set({ state: "frozen" }).where(eq(custody.botId, botId)));
      },
    ],
    [
      "newer than a restored database that lacks what came before it",
      "older-database",
      async () => {
        await test.db.write((tx) => tx.update(custody).set({ authRevision: 0 }).where(eq(custody.botId, botId)));
      },
    ],
    [
      "built on something else than the database has",
      "other-holder",
      async () => {
        await clearAuthState(test.as({ kind: "worker", workerId: "worker-1" }), lease);
      },
    ],
  ])("is refused and kept when it is %s, and nothing of it is applied", async (_, reason, change) => {
    await commitAway();
    crash();
    await places.settle(lease);
    faulty.mood = "well";
    await change();
    const before = (await stored()).values;
    await restart();
    expect((await stored()).values).toEqual(before);
    expect(await counted()).toEqual({ kept: 1, outage: 1 });
    expect(await files()).toEqual([expect.stringMatching(new RegExp(`^kept-e${lease.epoch}-${reason}-`))]);
    await restart();
    expect(await files()).toHaveLength(1);
  });

  it("is not looked for in a folder that is just being made, and none is left of a lease that was lost over it", async () => {
    const make = SessionCopy.make;
    const [begun, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    vi.spyOn(SessionCopy, "make").mockImplementationOnce(async (options) => {
      await mkdir(options.folder.path, { recursive: true });
      await utimes(options.folder.path, 1, 1);
      begun.resolve();
      await released.promise;
      return make(options);
    });
    const opening = open();
    await begun.promise;
    await places.replayLeftovers();
    expect(await files()).toEqual([`e${lease.epoch}`]);
    crash();
    released.resolve();
    await expect(opening).rejects.toThrow("given up");
    await places.replayLeftovers();
    expect(await files()).toEqual([]);
  });

  it("is begun later when the disk did not take it at first, and then takes an outage", async () => {
    await writeFile(join(dataDir, "sessions"), "in the way");
    places = makePlaces("worker-1", 0);
    const store = await open();
    await store.commit(token("a", "1"));
    expect(store.isWhole).toBe(false);
    await rm(join(dataDir, "sessions"));
    for (let value = 2; !store.isWhole; value += 1) await store.commit(token("a", `${value}`));
    expect(await files()).toEqual([`e${lease.epoch}`]);
    faulty.mood = "away";
    await store.commit(token("a", "last"));
    crash();
    await restart();
    expect((await stored()).values).toEqual({ a: "last" });
  });

  it("is left alone when it is another worker's with the same folder", async () => {
    await commitAway();
    crash();
    faulty.mood = "well";
    await makePlaces("worker-2").replayLeftovers();
    expect(await files()).toEqual([`e${lease.epoch}`]);
    await restart();
    expect((await stored()).values).toEqual({ a: "3" });
  });

  it("is taken away when nothing is missing in the database, as after a kill in calm times", async () => {
    const store = await open();
    await store.commit(token("a", "1"));
    crash();
    await places.settle(lease);
    const { epoch } = lease;
    lease = await acquire("worker-1");
    places = makePlaces();
    await places.replayLeftovers();
    expect(await files()).toEqual([]);
    expect(lease.epoch).toBe(epoch + 1);
  });

  it.each([
    ["a kill in calm times", true, async () => undefined],
    ["a kill in an outage", true, async () => commitAway()],
    [
      "a kill, when a backup was restored since",
      false,
      async () => {
        await (await open()).commit(token("b", "1"));
        await test.db.write((tx) => tx.update(custody).set({ authRevision: 1 }).where(eq(custody.botId, botId)));
      },
    ],
    ["a kill, when the lease before is somebody else's", false, async () => void (await acquire())],
  ])("tells whether the next lease knows of every step, after %s", async (_, isKnown, before) => {
    const store = await open();
    await store.commit(token("a", "1"));
    expect(places.isComplete(lease)).toBe(true);
    await before();
    crash();
    await restart();
    lease = await acquire();
    expect(places.isComplete(lease)).toBe(isKnown);
    expect(makePlaces().isComplete(lease)).toBe(false);
  });

  it("does not remember more of what was refused than a few", async () => {
    for (let round = 0; round < 12; round += 1) {
      await commitAway(1);
      crash();
      faulty.mood = "well";
      lease = { ...(await acquire()) };
      test.clock.advanceMs(1);
      await restart();
    }
    expect((await files()).length).toBe(8);
  });

  const custodyRow = async () => {
    const rows = await test.db.reader
      .select()
      .from(custody)
      .where(and(eq(custody.botId, botId), gt(custody.epoch, 0)));
    const [row] = rows;
    if (!row) throw new Error("no row");
    return row;
  };

  it("counts on from what the database has", async () => {
    await commitAway();
    crash();
    await restart();
    const store = await open();
    await store.commit(token("b", "1"));
    expect(await currentRevision(test.as({ kind: "worker", workerId: "worker-1" }), lease)).toBe(store.revision);
  });
});
