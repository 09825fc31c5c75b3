import { addPersonalToken } from "@switchboard/core/services/identity/internal";
import { addBot, addPerson } from "@switchboard/core/testing/factories";
import { apiKeys, audit } from "@switchboard/db/schema";
import { desc, eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { addKey, addMemberToken, addOwner, type Owner } from "./support/credentials.ts";
import { createTestApp, type TestApp, type TestRequest } from "./support/test-app.ts";
import { createWorld, type World } from "./support/world.ts";

let world: World;
let app: TestApp;
let owner: Owner;
let stranger: Owner;
let foreignBot: string;
beforeAll(async () => {
  world = await createWorld();
  app = world.app;
  owner = world.owner;
  stranger = await addOwner(app.test);
  foreignBot = await addBot(app.test, stranger.user);
});
afterAll(() => world.dispose());
// Each test has a minute of its own, and with it all of what may be noted in one.
beforeEach(() => app.test.clock.advanceMs(60_000));

const rowsOf = (requestId: string) =>
  app.test.db.reader.select().from(audit).where(eq(audit.requestId, requestId)).orderBy(desc(audit.sequence));

/** Sends a request that is refused; answers what the audit has of it. */
async function refusedRows(path: string, request: TestRequest) {
  const answer = await app.request(path, request);
  expect(answer.status).toBeGreaterThanOrEqual(400);
  return rowsOf(answer.headers.get("x-request-id") ?? "");
}

const credentialOf = (userId: string) =>
  app.test
    .as(owner.user)
    .db.write((tx) => addPersonalToken(tx, app.test.as(owner.user), { userId, teamId: owner.user.teamId }, "test"));

describe("a refused request leaves one row", () => {
  it("that names the key, the route and the code, and nothing that was sent", async () => {
    const { id, secret } = await addKey(app.test, owner, ["calls:read"]);
    const { botId } = world.linkedBot;
    const headers = { "user-agent": "canary-agent/1" };
    const path = `/api/bots/${botId}/blocked-contacts?search=CANARY`;
    const [row, ...others] = await refusedRows(path, { key: secret, headers, peer: "203.0.113.8" });
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      actorKind: "api-key",
      actorId: id,
      teamId: owner.user.teamId,
      action: "request.refused",
      objectKind: "request",
      objectId: null,
      botId,
      outcome: "denied",
      address: "203.0.113.8",
      userAgent: "canary-agent/1",
      detail: { code: "scope-missing", route: "/api/bots/:botId/blocked-contacts", method: "GET" },
    });
    expect(JSON.stringify(row)).not.toContain("CANARY");
    expect(JSON.stringify(row)).not.toContain(secret.slice(20));
  });

  it("for a bot of another team, which it does not name", async () => {
    const rows = await refusedRows(`/api/bots/${foreignBot}`, { bearer: owner.token });
    const detail = { code: "not-found", route: "/api/bots/:botId", method: "GET" };
    expect(rows).toMatchObject([{ actorKind: "personal-access-token", botId: null, outcome: "denied", detail }]);
    expect(JSON.stringify(rows)).not.toContain(foreignBot);
  });

  it("for what only an admin may do, by tRPC as by REST", async () => {
    const viewer = await addMemberToken(app.test, owner, "viewer");
    const byRest = await refusedRows("/api/keys", { bearer: viewer });
    const byTrpc = await refusedRows("/trpc/keys.list", { bearer: viewer });
    const refused = { action: "request.refused", teamId: owner.user.teamId, outcome: "denied" };
    expect(byRest).toMatchObject([{ ...refused, detail: { code: "forbidden", route: "/api/keys", method: "GET" } }]);
    expect(byTrpc).toMatchObject([{ ...refused, detail: { code: "forbidden", route: "keys.list", method: "GET" } }]);
  });

  it("for each call of a batch, with the bot where it is the team's", async () => {
    const input = {
      0: { json: { botId: foreignBot } },
      1: { json: { botId: world.linkedBot.botId, callId: "call_x" } },
    };
    const query = `batch=1&input=${encodeURIComponent(JSON.stringify(input))}`;
    const rows = await refusedRows(`/trpc/bots.get,calls.get?${query}`, { bearer: owner.token });
    expect(rows.map(({ botId, detail }) => [detail.route, botId])).toEqual([
      ["calls.get", world.linkedBot.botId],
      ["bots.get", null],
    ]);
  });

  it("for a credential that nobody has, without an actor or a team", async () => {
    const { secret } = await addKey(app.test, owner, ["bots:read"]);
    const mistyped = `${secret.slice(0, 30)}${"A".repeat(secret.length - 30)}`;
    for (const bearer of [mistyped, "eyJ0eXAiOiJub25lIn0.e30.x", "CANARY"]) {
      const rows = await refusedRows("/api/bots", { bearer });
      expect(rows).toMatchObject([{ actorKind: "anonymous", actorId: null, teamId: null, outcome: "denied" }]);
      expect(JSON.stringify(rows)).not.toContain(bearer);
    }
  });

  it("once for a batch that one credential refuses", async () => {
    expect(await refusedRows("/trpc/auth.me,bots.list?batch=1", { bearer: "CANARY" })).toHaveLength(1);
  });

  it("for an API key at tRPC, which names the key", async () => {
    const { id, secret } = await addKey(app.test, owner, ["bots:read"]);
    expect(await refusedRows("/trpc/bots.list", { key: secret })).toMatchObject([
      { actorKind: "api-key", actorId: id },
    ]);
  });
});

describe("a credential that was good once is named, and the caller is told nothing of it", () => {
  const ends: [string, object][] = [
    ["revoked", { revokedAtMs: 1 }],
    ["disabled", { disabledAtMs: 1 }],
    ["expired", { expiresAtMs: 1 }],
  ];

  it.each(ends)("a %s key", async (_name, changes) => {
    const { id, secret } = await addKey(app.test, owner, ["bots:read"]);
    await app.test.db.write(async (tx) => {
      await tx.update(apiKeys).set(changes).where(eq(apiKeys.id, id));
    });
    const answer = await app.request("/api/bots", { key: secret });
    const unknown = await app.request("/api/bots", { key: "sb_live_x" });
    const masked = (text: string, requestId: string) => text.replaceAll(requestId, "*");
    expect(masked(answer.text, answer.body.requestId)).toBe(masked(unknown.text, unknown.body.requestId));
    const known = { actorKind: "api-key", actorId: id, teamId: owner.user.teamId };
    expect(await rowsOf(answer.body.requestId)).toMatchObject([{ ...known, detail: { code: "unauthenticated" } }]);
  });

  it("a key from an address that is not one of its own", async () => {
    const { id, secret } = await addKey(app.test, owner, ["bots:read"], { cidrs: ["10.0.0.0/8"] });
    const rows = await refusedRows("/api/bots", { key: secret });
    expect(rows).toMatchObject([{ actorId: id, detail: { code: "address-not-allowed" } }]);
  });

  it("a personal access token that was signed out", async () => {
    const { userId } = await addPerson(app.test, owner.user.teamId, "viewer");
    const { token: bearer } = await credentialOf(userId);
    await app.request("/api/sign-out", { method: "POST", bearer });
    const rows = await refusedRows("/api/me", { bearer });
    expect(rows).toMatchObject([{ actorKind: "personal-access-token", teamId: owner.user.teamId }]);
  });

  it("and a wrong secret names nobody", async () => {
    const { id, secret } = await addKey(app.test, owner, ["bots:read"]);
    await app.test.db.write(async (tx) => {
      await tx
        .update(apiKeys)
        .set({ secretHmac: new Uint8Array(32), revokedAtMs: 1 })
        .where(eq(apiKeys.id, id));
    });
    expect(await refusedRows("/api/bots", { key: secret })).toMatchObject([{ actorKind: "anonymous", actorId: null }]);
  });
});

describe("no row is left", () => {
  it.each<[string, string, TestRequest]>([
    ["a request without a credential", "/api/bots", {}],
    ["an address that is not there", "/api/nothing/at/all", {}],
    ["a procedure that is not there", "/trpc/bots.fly", {}],
    ["a method that is not taken", "/api/bots", { method: "PUT" }],
  ])("by %s", async (_name, path, request) => {
    expect(await refusedRows(path, request)).toEqual([]);
  });

  it("by what is invalid, not found without an id, or in conflict", async () => {
    const bearer = owner.token;
    expect(await refusedRows("/api/bots?limit=0", { bearer })).toEqual([]);
    expect(await refusedRows("/api/nothing", { bearer })).toEqual([]);
    const path = `/api/bots/${await world.addBot()}/logout`;
    expect(await refusedRows(path, { method: "POST", bearer })).toEqual([]);
  });

  it("beside that of the sign-in itself", async () => {
    const json = { email: "nobody@example.test", password: "wrong" };
    const rows = await refusedRows("/api/sign-in", { json, bearer: "CANARY" });
    expect(rows).toMatchObject([{ action: "user.sign-in", outcome: "denied" }]);
  });
});

describe("refusals are bounded", () => {
  const count = async (times: number, request: TestRequest) => {
    const noted: number[] = [];
    for (let time = 0; time < times; time++) noted.push((await refusedRows("/api/keys", request)).length);
    return noted.reduce((sum, rows) => sum + rows, 0);
  };

  it("to 60 a minute for an actor", async () => {
    const { secret } = await addKey(app.test, owner, ["bots:read"]);
    expect(await count(62, { key: secret })).toBe(60);
    expect(await refusedRows("/api/keys", { key: (await addKey(app.test, owner, ["bots:read"])).secret })).toHaveLength(
      1,
    );
    app.test.clock.advanceMs(60_000);
    expect(await count(1, { key: secret })).toBe(1);
  });

  it("to 10 a minute for an address of nobody known", async () => {
    expect(await count(12, { bearer: "CANARY", peer: "203.0.113.99" })).toBe(10);
    expect(await count(1, { bearer: "CANARY", peer: "203.0.113.98" })).toBe(1);
  });
});

it("a note that cannot be written changes nothing of the answer, and is logged and counted", async () => {
  const broken = await createTestApp({
    deps: (deps) => ({
      ...deps,
      base: { ...deps.base, db: { ...deps.base.db, write: () => Promise.reject(new Error("full")) } },
    }),
  });
  const { token: bearer } = await addOwner(broken.test);
  expect(await broken.request("/api/bots/bot_x", { bearer })).toMatchObject({
    status: 404,
    body: { code: "not-found" },
  });
  expect(broken.logLines.find((line) => line.includes("missing in the audit"))).toContain("full");
  const { text } = await broken.request("/metrics", { peer: "127.0.0.1" });
  expect(text).toContain('switchboard_refusals_total{code="not-found",audit="failed"} 1');
  await broken.dispose();
});
