import { custody } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TestBot } from "../worker/support/test-bot.ts";
import { openSocket } from "./support/open-socket.ts";
import { lostAnswer, SdkWorld } from "./support/sdk-world.ts";

/** What a recovery skips in every sending chain. */
const SKIPPED = 64;

describe("a session whose holder did not end cleanly", () => {
  let world: SdkWorld;
  beforeAll(async () => {
    world = await SdkWorld.open();
    await world.worker.startWorker();
  });
  afterAll(() => world.close());

  /** As after a kill: nobody renews, and nobody releases. */
  const abandon = async (bot: TestBot) => {
    const longAgo = { expiresAtMs: 1 };
    await world.worker.db.write(async (tx) => {
      await tx.update(custody).set(longAgo).where(eq(custody.botId, bot.id));
    });
  };

  it("is recovered before its first connection, and its contact reads what is written then", async () => {
    const bot = await world.addLinkedBot();
    const key = await world.addKey();
    const killed = await world.connectSocket(bot, key, { takeover: true });
    await killed.socket.sendMessage(bot.contact.jid, { text: "before" });
    await bot.untilQuiet();
    const before = sendingCounters(world.requestsTo("/batch").map(({ body }) => JSON.parse(body)));
    world.intercept = () => lostAnswer();
    await killed.socket.end(undefined);
    await abandon(bot);
    world.intercept = null;
    const position = world.requests.length;
    const next = await world.connect(bot, key);
    expect(next.wasClean).toBe(false);
    const recovery = world.requests.slice(position).filter(({ path }) => path.endsWith("/batch"));
    expect(recovery).toHaveLength(1);
    const after = sendingCounters(recovery.map(({ body }) => JSON.parse(body)));
    for (const [address, counter] of before) expect(after.get(address)).toBe(counter + SKIPPED);
    expect(before.size).toBeGreaterThan(0);
    const socket = await openSocket(next);
    await socket.sendMessage(bot.contact.jid, { text: "after" });
    await bot.contact.waitForText(({ text }) => text === "after");
    world.worker.simulator.assertClean();
  });
});

interface Batch {
  readonly set: { readonly session?: Readonly<Record<string, StoredSession | null>> };
}

interface StoredSession {
  readonly _sessions: Readonly<Record<string, { readonly _chains: Readonly<Record<string, StoredChain>> }>>;
}

interface StoredChain {
  readonly chainType: number;
  readonly chainKey: { readonly counter: number; readonly key?: string };
}

/** The newest counter of each sending chain, by address. */
function sendingCounters(batches: readonly Batch[]): Map<string, number> {
  const counters = new Map<string, number>();
  for (const { set } of batches)
    for (const [address, session] of Object.entries(set.session ?? {}))
      for (const { _chains } of Object.values(session?._sessions ?? {}))
        for (const { chainType, chainKey } of Object.values(_chains))
          if (chainType === 1 && chainKey.key) counters.set(address, chainKey.counter);
  return counters;
}
