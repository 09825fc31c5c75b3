import { type BotId, botPairings } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Actor } from "../../context.ts";
import { addBot, addTeam, apiKeyActor, holdBot, type TestLease, workerContext } from "../../testing/factories.ts";
import { linkBot } from "../../testing/linked-bot.ts";
import { namedTeamId } from "../../testing/named-ids.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { type PairingReport, reportPairing } from "../fleet/report-bot.ts";
import { getBot } from "./get-bot.ts";
import { cancelPairing, getPairing, requestPairing } from "./pairing.ts";

const QR = "2@the,text,of,a,qr";

let test: TestContext;
let owner: Actor;
let botId: BotId;
let lease: TestLease;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());
beforeEach(async () => {
  owner = await addTeam(test);
  botId = await addBot(test, owner);
  lease = await holdBot(test, botId);
});

const rowOf = async () => {
  const [row] = await test.db.reader.select().from(botPairings).where(eq(botPairings.botId, botId));
  return row;
};
const report = async (changes: Partial<PairingReport>) =>
  reportPairing(workerContext(test), lease, {
    attemptId: (await rowOf())?.attemptId ?? "none",
    state: "qr",
    secret: QR,
    expiresAtMs: test.clock.nowMs() + 20_000,
    reason: null,
    ...changes,
  });
const look = () => getPairing(test.as(owner), { botId });

describe("a pairing", () => {
  it("shows its QR while it can be used, and not a moment longer", async () => {
    await requestPairing(test.as(owner), { botId, method: "qr" });
    expect(await report({})).toBe(true);
    expect(await look()).toMatchObject({ state: "qr", qr: QR });
    test.clock.advanceMs(20_000);
    expect(await look()).not.toHaveProperty("qr");
  });

  it("is over as expired when its code was not typed in time, or no worker took it up", async () => {
    await requestPairing(test.as(owner), { botId, method: "code", phoneNumber: "+34 600 000 000" });
    await report({ state: "code", secret: "ABCD-EFGH" });
    expect(await look()).toMatchObject({ state: "code", code: "ABCD-EFGH" });
    test.clock.advanceMs(20_000);
    expect(await look()).toEqual(expect.objectContaining({ state: "expired", reason: "expired" }));
    await requestPairing(test.as(owner), { botId, method: "qr" });
    test.clock.advanceMs(180_000);
    expect(await look()).toMatchObject({ state: "expired" });
  });

  it("keeps its code sealed in the row, for this attempt alone", async () => {
    await requestPairing(test.as(owner), { botId, method: "qr" });
    await report({});
    const sealed = (await rowOf())?.sealedSecret;
    expect(Buffer.from(sealed ?? "").toString("latin1")).not.toContain(QR.slice(0, 8));
    await test.db.write(async (tx) => {
      await tx.update(botPairings).set({ attemptId: "pai_other" }).where(eq(botPairings.botId, botId));
    });
    await expect(look()).rejects.toThrow();
  });

  it("that was replaced or cancelled takes no more steps", async () => {
    await requestPairing(test.as(owner), { botId, method: "qr" });
    const attemptId = (await rowOf())?.attemptId ?? "";
    await requestPairing(test.as(owner), { botId, method: "qr" });
    expect(await report({ attemptId })).toBe(false);
    expect(await look()).toMatchObject({ state: "waiting" });
    await cancelPairing(test.as(owner), { botId });
    expect(await report({ attemptId })).toBe(false);
    expect(await look()).toMatchObject({ state: "idle" });
  });

  it("starts the bot, and cancelling stops it again", async () => {
    await requestPairing(test.as(owner), { botId, method: "qr" });
    expect((await getBot(test.as(owner), { botId })).desiredState).toBe("running");
    await cancelPairing(test.as(owner), { botId });
    expect((await getBot(test.as(owner), { botId })).desiredState).toBe("stopped");
  });

  it("of a linked bot is refused, and cancelling none leaves the bot alone", async () => {
    await linkBot(test, botId);
    const asked = requestPairing(test.as(owner), { botId, method: "qr" });
    await expect(asked).rejects.toMatchObject({ code: "already-paired" });
    await cancelPairing(test.as(owner), { botId });
    expect(await look()).toMatchObject({ state: "linked" });
  });

  it("is not for eyes that may only read", async () => {
    const teamId = "teamId" in owner ? owner.teamId : namedTeamId("");
    await expect(getPairing(test.as(apiKeyActor(teamId, ["bots:read"])), { botId })).rejects.toMatchObject({
      code: "scope-missing",
    });
    await expect(getPairing(test.as(await addTeam(test)), { botId })).rejects.toMatchObject({ code: "not-found" });
  });
});
