import { addBot } from "@switchboard/core/testing/factories";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTrpcTest, failureOf, refusalOf, type SignedIn, type TrpcTest } from "./support.ts";

let api: TrpcTest;
let owner: SignedIn;

beforeAll(async () => {
  api = await createTrpcTest();
  owner = await api.addTeam();
});
afterAll(() => api.dispose());

it("shows the secret when the key is made and never again", async () => {
  const { secret, ...key } = await owner.client.keys.create.mutate({ name: "Orders", scopes: ["bots:read"] });
  expect(secret).toMatch(/^sb_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/);
  const list = await owner.client.keys.list.query();
  expect(list.items).toContainEqual(key);
  expect(JSON.stringify(list)).not.toContain(secret.slice(-49));
});

it("revokes a key, and again without complaint", async () => {
  const { id: keyId } = await owner.client.keys.create.mutate({ name: "Old", scopes: ["bots:read"] });
  expect((await owner.client.keys.revoke.mutate({ keyId })).status).toBe("revoked");
  expect((await owner.client.keys.revoke.mutate({ keyId })).status).toBe("revoked");
});

it("names the bot and the range that are wrong", async () => {
  const stranger = await api.addTeam();
  const foreign = await addBot(api.test, stranger.person);
  const { create } = owner.client.keys;
  const ofBots = await failureOf(create.mutate({ name: "K", scopes: ["bots:read"], botIds: [foreign] }));
  expect(ofBots).toMatchObject({ code: "validation-failed", errors: [{ path: "botIds.0" }] });
  const ofRange = await failureOf(create.mutate({ name: "K", scopes: ["bots:read"], cidrs: ["10.0.0.0/8", "ten"] }));
  expect(ofRange).toMatchObject({ code: "validation-failed", errors: [{ path: "cidrs.1" }] });
});

it("hides the keys of another team", async () => {
  const stranger = await api.addTeam();
  const { id: keyId } = await owner.client.keys.create.mutate({ name: "Ours", scopes: ["bots:read"] });
  expect((await stranger.client.keys.list.query()).items).toEqual([]);
  expect(await refusalOf(stranger.client.keys.revoke.mutate({ keyId }))).toBe("not-found");
});

it("is for admins only", async () => {
  const operator = await api.addPerson(owner.person.teamId, "operator");
  expect(await refusalOf(operator.client.keys.list.query())).toBe("forbidden");
});
