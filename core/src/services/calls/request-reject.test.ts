import { commands } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  addScreeningBot,
  callFromNumber,
  callRowsOf,
  type ScreeningBot,
  screen,
  uniquePhoneNumber,
} from "../../testing/calls.ts";
import { addPerson, workerContext } from "../../testing/factories.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { endCall } from "./end-call.ts";
import type { CallScreening } from "./incoming-call.ts";
import { recordReject } from "./record-reject.ts";
import { requestReject } from "./request-reject.ts";

let test: TestContext;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());

const ring = (bot: ScreeningBot, changes = {}) => screen(test, bot, callFromNumber(test, uniquePhoneNumber(), changes));
const phase = (bot: ScreeningBot, { callId }: CallScreening, name: "accept" | "terminate") =>
  endCall(workerContext(test), { lease: bot.lease, callId, phase: name, atMs: test.clock.nowMs() });
const confirm = (bot: ScreeningBot, { callRowId }: CallScreening) =>
  recordReject(workerContext(test), { lease: bot.lease, callRowId, status: "confirmed", attempts: 1 });
const request = (bot: ScreeningBot, call: CallScreening, actor: ScreeningBot["owner"] = bot.owner) =>
  requestReject(test.as(actor), { botId: bot.botId, callId: call.callRowId });

it("becomes a command for the holder, whose word then ends a call that was let through", async () => {
  const bot = await addScreeningBot(test);
  const call = await ring(bot);
  const { commandId } = await request(bot, call);
  const [command] = await test.db.reader.select().from(commands).where(eq(commands.id, commandId));
  const payload = { callRowId: call.callRowId, callId: call.callId, callFrom: call.callFrom };
  expect(command).toMatchObject({ kind: "reject-call", state: "pending", payload });
  expect(await confirm(bot, call)).toMatchObject({ ended: "rejected-by-us" });
  expect((await callRowsOf(test, bot.botId))[0]).toMatchObject({ outcome: "allowed", reason: "default-ring" });
});

it("is refused when the call is over, was taken, or cannot ring any more", async () => {
  const bot = await addScreeningBot(test);
  const [over, taken, late] = [await ring(bot), await ring(bot), await ring(bot, { isOffline: true })];
  const old = await ring(bot);
  await phase(bot, over, "terminate");
  await phase(bot, taken, "accept");
  const ended = { code: "call-ended" };
  for (const call of [over, taken, late]) await expect(request(bot, call)).rejects.toMatchObject(ended);
  test.clock.advanceMs(120_001);
  await expect(request(bot, old)).rejects.toMatchObject(ended);
});

it("is nobody's but the team's, and not a viewer's", async () => {
  const bot = await addScreeningBot(test);
  const call = await ring(bot);
  const stranger = (await addScreeningBot(test)).owner;
  await expect(request(bot, call, stranger)).rejects.toMatchObject({ code: "not-found" });
  const viewer = await addPerson(test, bot.owner.teamId, "viewer");
  await expect(request(bot, call, viewer)).rejects.toMatchObject({ code: "scope-missing" });
});
