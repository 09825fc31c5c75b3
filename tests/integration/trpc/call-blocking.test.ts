import { addBot } from "@switchboard/core/testing/factories";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTrpcTest, failureOf, refusalOf, type SignedIn, type TrpcTest } from "./support.ts";

let api: TrpcTest;
let owner: SignedIn;
let botId: string;

beforeAll(async () => {
  api = await createTrpcTest();
  owner = await api.addTeam();
  botId = await addBot(api.test, owner.person);
});
afterAll(() => api.dispose());

it("changes a part and keeps the rest, and a replacement restores the defaults", async () => {
  const { callBlocking } = owner.client;
  const before = await callBlocking.get.query({ botId });
  const patched = await callBlocking.patch.mutate({
    botId,
    changes: { enabled: true, replyCaps: { perCallerPerHour: 2 } },
  });
  expect(patched).toMatchObject({
    enabled: true,
    dailyLimit: 3,
    replyCaps: { ...before.replyCaps, perCallerPerHour: 2 },
  });
  const replaced = await callBlocking.replace.mutate({ botId, settings: { dailyLimit: null } });
  expect(replaced).toMatchObject({ enabled: false, dailyLimit: null, replyCaps: before.replyCaps });
});

it("refuses a stale version and tells the present one", async () => {
  const { callBlocking } = owner.client;
  const { version } = await callBlocking.get.query({ botId });
  await callBlocking.patch.mutate({ botId, changes: { dailyLimit: 5, version } });
  const failure = await failureOf(callBlocking.patch.mutate({ botId, changes: { dailyLimit: 6, version } }));
  expect(failure).toMatchObject({ code: "version-conflict", extra: { version: version + 1 } });
});

it("refuses what is out of bounds by the name of its field", async () => {
  const failure = await failureOf(owner.client.callBlocking.patch.mutate({ botId, changes: { dailyLimit: 0 } }));
  expect(failure).toMatchObject({ code: "validation-failed", errors: [{ path: "changes.dailyLimit" }] });
});

it("lets a viewer read and not write", async () => {
  const viewer = await api.addPerson(owner.person.teamId, "viewer");
  expect((await viewer.client.callBlocking.get.query({ botId })).mode).toBe("enforce");
  const patch = viewer.client.callBlocking.patch.mutate({ botId, changes: { enabled: false } });
  expect(await refusalOf(patch)).toBe("scope-missing");
});
