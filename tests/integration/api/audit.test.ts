import { addBot } from "@switchboard/core/testing/factories";
import { afterAll, beforeAll, expect, it } from "vitest";
import { addKey, addMemberToken, addOwner, type Owner } from "./support/credentials.ts";
import { createTestApp, type TestApp } from "./support/test-app.ts";

let app: TestApp;
let owner: Owner;
let botIds: string[];
beforeAll(async () => {
  app = await createTestApp();
  owner = await addOwner(app.test);
  botIds = [await addBot(app.test, owner.user), await addBot(app.test, owner.user)];
});
afterAll(() => app.dispose());

it("the audit is paged, and says which filters it applied", async () => {
  const { secret: key } = await addKey(app.test, owner, ["audit:read"]);
  const first = await app.request("/api/audit?action=bot.&limit=1", { key });
  expect(first.status).toBe(200);
  expect(first.body.filters).toEqual({ action: "bot.", limit: 1 });
  const rest = await app.request(`/api/audit?action=bot.&limit=1&cursor=${first.body.nextCursor}`, { key });
  expect(rest.body).toMatchObject({ nextCursor: null, filters: { action: "bot.", limit: 1 } });
  const shown = [...first.body.items, ...rest.body.items];
  expect(new Set(shown.map(({ botId }: { botId: string }) => botId))).toEqual(new Set(botIds));
  const one = await app.request(`/api/audit/${shown[0].id}`, { key });
  expect(one).toMatchObject({ status: 200, body: shown[0] });
});

it.each(["action=bot", "outcome=maybe", "actorKind=robot", "from=yesterday", "limit=0", "who=me"])(
  "a filter that can find nothing is refused by its name: %s",
  async (query) => {
    const answer = await app.request(`/api/audit?${query}`, { bearer: owner.token });
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ path: query.split("=")[0] }] } });
  },
);

it("the audit is read by viewers and above, not by operators", async () => {
  const statuses = new Map<string, number>();
  for (const role of ["owner", "admin", "operator", "viewer"] as const) {
    const bearer = await addMemberToken(app.test, owner, role);
    statuses.set(role, (await app.request("/api/audit", { bearer })).status);
  }
  expect(Object.fromEntries(statuses)).toEqual({ owner: 200, admin: 200, operator: 403, viewer: 200 });
});
