import { openRecordStore } from "@switchboard/core/services/auth-state/open-record-store";
import { type BotId, custody } from "@switchboard/db/schema";
import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lostAnswer, SdkWorld } from "../integration/sdk/support/sdk-world.ts";
import { makeRandom } from "../signal-durability/random.ts";
import { type Acknowledged, findViolations } from "./chain.ts";
import { fightRemotely, readRemoteCounter } from "./remote-holder.ts";
import { readChaosSize } from "./size.ts";

const { seed, acknowledgedMin, timeoutMs } = readChaosSize();
const HOLDERS = 3;
/** The bot changes hands at least so often before a history is judged. */
const EPOCHS_MIN = 4;
const HOUR_MS = 3_600_000;
/** Numbers between two steps of the database's clock. */
const PACE = 20;

describe("microservices on a network that loses and repeats", () => {
  let world: SdkWorld;
  beforeAll(async () => {
    world = await SdkWorld.open();
  });
  afterAll(() => world.close());

  it(
    `fork nothing and lose nothing that was acknowledged, whatever is dropped, and when the clock steps (seed ${seed})`,
    async () => {
      const { id: botId } = await linkedBot();
      const { revision: before } = await custodyOf(botId);
      const random = makeRandom(seed);
      const done = { lostRequests: 0, lostAnswers: 0, repeated: 0, steps: 0 };
      world.intercept = async ({ method, path }, pass) => {
        const isRenewal = method === "PATCH";
        if (random.chance(isRenewal ? 0.3 : 0.06)) return noted("lostRequests", lostAnswer());
        if (path.endsWith("/batch") && random.chance(0.08)) await Promise.all([noted("repeated", pass()), pass()]);
        const answer = await pass();
        return random.chance(isRenewal ? 0.3 : 0.06) ? noted("lostAnswers", lostAnswer()) : answer;
      };
      function noted<T>(what: keyof typeof done, value: T): T {
        done[what] += 1;
        return value;
      }

      const over = new AbortController();
      const histories: Acknowledged[][] = [];
      const ended = Promise.withResolvers<void>();
      const epochs = new Set<number>();
      let total = 0;
      const keys = await Promise.all(Array.from({ length: HOLDERS }, () => world.addKey()));
      const holders = keys.map(({ secret: apiKey }) => {
        const history: Acknowledged[] = [];
        histories.push(history);
        const onAcknowledged = (entry: Acknowledged) => {
          history.push(entry);
          total += 1;
          if (total % PACE === 0) void stepClock(botId, random.pick([-1, -1, -1, 1]) * HOUR_MS);
          epochs.add(entry.epoch);
          if (total >= acknowledgedMin / 4 && epochs.size >= EPOCHS_MIN) ended.resolve();
        };
        // Nobody waits for a lease to run out: the clock steps over its end.
        const onLost = () => void stepClock(botId, -HOUR_MS);
        return fightRemotely({ url: world.url, apiKey, botId, signal: over.signal, onAcknowledged, onLost });
      });
      await ended.promise;
      over.abort(new Error("enough"));
      await Promise.all(holders);
      world.intercept = null;

      const { revision, store } = await custodyOf(botId);
      const counter = await readRemoteCounter(store);
      const creds: { accountSyncCounter?: number } = JSON.parse((await store.readCreds()) ?? "{}");
      const end = { counter, credsCounter: creds.accountSyncCounter ?? 0, revision: revision - before };
      process.stdout.write(`${total} acknowledged under ${epochs.size} epochs; ${JSON.stringify(done)}\n`);
      expect(findViolations(histories, end)).toEqual([]);
      for (const count of Object.values(done)) expect(count).toBeGreaterThan(0);

      /** Moves every instant of the lease, which is what a step of the database's clock the other way does to it. */
      async function stepClock(id: BotId, byMs: number): Promise<void> {
        done.steps += 1;
        await world.worker.db.write((tx) =>
          tx
            .update(custody)
            .set({ expiresAtMs: sql`${custody.expiresAtMs} + ${byMs}`, notBeforeMs: 0 })
            .where(eq(custody.botId, id)),
        );
      }
    },
    timeoutMs * 2,
  );

  async function linkedBot() {
    const worker = await world.worker.startWorker();
    const bot = await world.worker.addBot();
    await bot.link();
    await bot.untilQuiet();
    await world.worker.stopWorker(worker);
    return bot;
  }

  async function custodyOf(botId: BotId) {
    const { db, admin } = world.worker;
    const [row] = await db.reader.select().from(custody).where(eq(custody.botId, botId));
    if (!row) throw new Error("there is no custody row");
    const lease = { botId, epoch: row.epoch, leaseId: row.leaseId ?? "" };
    return { revision: row.authRevision, store: openRecordStore(admin, lease, row.authRevision) };
  }
});
