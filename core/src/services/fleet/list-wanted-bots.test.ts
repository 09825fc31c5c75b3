import { databaseNowMs } from "@switchboard/db/queries/custody";
import { type BotId, bots, custody } from "@switchboard/db/schema";
import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { addBot, addTeam, holdBot } from "../../testing/factories.ts";
import { linkBot } from "../../testing/linked-bot.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { acquireForWorker } from "../custody/worker-leases.ts";
import { listWantedBots } from "./list-wanted-bots.ts";

const WORKER = "wrk_a";

describe("what a worker reads of a bot that is wished to run", () => {
  let test: TestContext;
  let botId: BotId;
  beforeAll(async () => {
    test = await createTestContext();
  });
  afterAll(() => test.dispose());
  beforeEach(async () => {
    botId = await addBot(test, await addTeam(test));
    await linkBot(test, botId);
    await setBot({ desiredState: "running" });
  });

  const ctx = () => test.as({ kind: "worker", workerId: WORKER });
  const setBot = (row: Partial<typeof bots.$inferInsert>) =>
    test.db.write((tx) => tx.update(bots).set(row).where(eq(bots.id, botId)));
  const setCustody = (row: object) =>
    test.db.write((tx) => tx.update(custody).set(row).where(eq(custody.botId, botId)));
  const read = async () => (await listWantedBots(ctx(), WORKER)).find((wish) => wish.botId === botId) ?? null;
  const inMs = (ms: number) => sql`${databaseNowMs} + ${ms}`;

  it.each([
    ["is free when nobody holds it", { state: "free" }, true],
    [
      "is not free while another worker holds it",
      { state: "held", holderKind: "worker", holderId: "wrk_b", expiresAtMs: inMs(9_000) },
      false,
    ],
    [
      "is not free while a microservice holds it",
      { state: "held", holderKind: "key", holderId: "key_1", expiresAtMs: inMs(9_000) },
      false,
    ],
    [
      "is not free within the lock-delay after a lease ran out",
      { state: "held", holderKind: "worker", holderId: "wrk_b", expiresAtMs: inMs(-4_000) },
      false,
    ],
    ["is free after it", { state: "held", holderKind: "worker", holderId: "wrk_b", expiresAtMs: inMs(-5_001) }, true],
    ["is not free within the delay after an unclean end", { notBeforeMs: inMs(4_000) }, false],
    ["is not free while it is kept for a key", { handoverTo: "key_1", reservedUntilMs: inMs(60_000) }, false],
    ["is free when the key did not come for it", { handoverTo: "key_1", reservedUntilMs: inMs(-1) }, true],
    ["is free while it is kept for the workers", { handoverTo: "workers", reservedUntilMs: inMs(60_000) }, true],
    ["is not free while it is frozen", { state: "frozen" }, false],
  ] as const)("%s, and the grant says the same", async (_, row, isFree) => {
    await setCustody(row);
    expect((await read())?.isFree).toBe(isFree);
    expect((await acquireForWorker(ctx(), { botId, workerId: WORKER })) !== null).toBe(isFree);
  });

  it("is nothing while it is assigned to a key, until it is deleted", async () => {
    await setBot({ assignedTo: "key_1" });
    expect(await read()).toBeNull();
    await setBot({ deletedAtMs: 1 });
    expect(await read()).toMatchObject({ isFree: true, isDeleted: true });
  });

  it("names the lease it is held under, also while it is asked back and nobody wishes it any more", async () => {
    const { leaseId, epoch } = await holdBot(test, botId, WORKER);
    await setCustody({ state: "draining", handoverTo: "key_1" });
    await setBot({ desiredState: "stopped" });
    expect((await read())?.custody).toEqual({ state: "draining", epoch, leaseId, handoverTo: "key_1" });
  });
});
