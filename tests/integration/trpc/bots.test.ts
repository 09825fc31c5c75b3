import { reportBot, reportPairing } from "@switchboard/core/services/fleet/report-bot";
import { holdBot } from "@switchboard/core/testing/factories";
import { botPairings } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTrpcTest, failureOf, refusalOf, type SignedIn, type TrpcTest } from "./support.ts";

let api: TrpcTest;
let owner: SignedIn;

beforeAll(async () => {
  api = await createTrpcTest();
  owner = await api.addTeam();
});
afterAll(() => api.dispose());

it("creates, reads, renames, lists and deletes a bot", async () => {
  const { bots } = owner.client;
  const made = await bots.create.mutate({ name: "Reception", timeZone: "Europe/Madrid" });
  expect(made).toMatchObject({ name: "Reception", timeZone: "Europe/Madrid", state: "stopped", linked: false });
  expect(await bots.get.query({ botId: made.id })).toEqual(made);
  const renamed = await bots.update.mutate({ botId: made.id, changes: { name: "Front desk" } });
  expect(renamed).toEqual({ ...made, name: "Front desk" });
  expect((await bots.list.query({ name: "front" })).items).toEqual([renamed]);
  await bots.delete.mutate({ botId: made.id, confirm: "Front desk" });
  expect(await refusalOf(bots.get.query({ botId: made.id }))).toBe("not-found");
});

it("deletes nothing unless the name is repeated", async () => {
  const { id: botId } = await owner.client.bots.create.mutate({ name: "Careful" });
  expect(await refusalOf(owner.client.bots.delete.mutate({ botId, confirm: "careful" }))).toBe("confirm-mismatch");
  expect((await owner.client.bots.get.query({ botId })).name).toBe("Careful");
});

it("pages through the bots without a gap or a repetition", async () => {
  const team = await api.addTeam();
  const names = ["one", "two", "three"];
  for (const name of names) await team.client.bots.create.mutate({ name });
  const seen: string[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await team.client.bots.list.query({ limit: 2, ...(cursor ? { cursor } : {}) });
    seen.push(...page.items.map((bot) => bot.name));
    cursor = page.nextCursor;
  } while (cursor);
  expect(seen.sort()).toEqual([...names].sort());
});

it("changes what the bot should be by its commands", async () => {
  const { bots } = owner.client;
  const { id: botId } = await bots.create.mutate({ name: "Commanded" });
  const desired = async () => (await bots.get.query({ botId })).desiredState;
  expect(await bots.start.mutate({ botId })).toEqual({ commandId: expect.stringMatching(/^cmd_/) });
  expect(await desired()).toBe("running");
  await bots.stop.mutate({ botId });
  expect(await desired()).toBe("stopped");
  await bots.restart.mutate({ botId });
  expect(await desired()).toBe("running");
  expect(await refusalOf(bots.logout.mutate({ botId }))).toBe("not-paired");
});

it("logs out a linked bot", async () => {
  const { bots } = owner.client;
  const { id: botId } = await bots.create.mutate({ name: "Linked" });
  const lease = await holdBot(api.test, botId);
  const worker = api.test.as({ kind: "worker", workerId: "wrk_test" });
  await reportBot(worker, lease, { state: "online", reason: null, isLinked: true });
  await bots.logout.mutate({ botId });
  expect(await bots.get.query({ botId })).toMatchObject({ linked: true, state: "online", desiredState: "stopped" });
});

it("shows the QR text of a pairing until it is cancelled", async () => {
  const { bots } = owner.client;
  const { id: botId } = await bots.create.mutate({ name: "Pairing" });
  expect(await bots.pairing.get.query({ botId })).toMatchObject({ state: "idle" });
  const asked = await bots.pairing.request.mutate({ botId, pairing: { method: "qr" } });
  expect(asked).toMatchObject({ state: "waiting", method: "qr" });
  const [row] = await api.test.db.reader.select().from(botPairings).where(eq(botPairings.botId, botId));
  const lease = await holdBot(api.test, botId);
  await reportPairing(api.test.as({ kind: "worker", workerId: "wrk_test" }), lease, {
    attemptId: row?.attemptId ?? "",
    state: "qr",
    secret: "2@the-text-of-the-code",
    expiresAtMs: api.test.clock.nowMs() + 20_000,
    reason: null,
  });
  expect(await bots.pairing.get.query({ botId })).toMatchObject({ state: "qr", qr: "2@the-text-of-the-code" });
  await bots.pairing.cancel.mutate({ botId });
  expect(await bots.pairing.get.query({ botId })).toMatchObject({ state: "idle" });
});

it("names the field that is wrong", async () => {
  const { id: botId } = await owner.client.bots.create.mutate({ name: "Strict" });
  const failure = await failureOf(owner.client.bots.update.mutate({ botId, changes: { timeZone: "Mars/Olympus" } }));
  expect(failure).toMatchObject({
    kind: "refused",
    code: "validation-failed",
    requestId: "req_test",
    errors: [{ path: "changes.timeZone", message: "Not an IANA time zone, for example Europe/Madrid." }],
  });
});

it("lets a viewer look and not touch", async () => {
  const { id: botId } = await owner.client.bots.create.mutate({ name: "Looked at" });
  const viewer = await api.addPerson(owner.person.teamId, "viewer");
  expect((await viewer.client.bots.get.query({ botId })).name).toBe("Looked at");
  const failure = await failureOf(viewer.client.bots.start.mutate({ botId }));
  expect(failure).toMatchObject({ code: "scope-missing", extra: { requiredScope: "bots:write" } });
});
