import { type AuditFilters, newestAudit } from "@switchboard/db/queries/audit";
import { type SQL, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Actor, ServiceContext } from "../../context.ts";
import { addBot, addPerson, addTeam, apiKeyActor } from "../../testing/factories.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { requestBotCommand } from "../bots/request-command.ts";
import { updateBot } from "../bots/update-bot.ts";
import { askedBotId } from "../branded-ids.ts";
import { noteRefusedSignIn } from "../identity/watch-sign-in.ts";
import { getAuditEntry } from "./get-audit-entry.ts";
import { listAudit } from "./list-audit.ts";
import { listAuditSchema } from "./schemas.ts";

let test: TestContext;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());

const list = (ctx: ServiceContext, input: object = {}) => listAudit(ctx, listAuditSchema.parse(input));

async function actionsOf(ctx: ServiceContext, input: object = {}): Promise<string[]> {
  return (await list(ctx, input)).items.map(({ action }) => action);
}

/** A team whose audit begins empty. */
async function addAuditedTeam() {
  const owner = await addTeam(test);
  return { owner, ctx: test.as(owner), teamId: owner.teamId };
}

describe("the list", () => {
  it("tells who did what to which thing from where, the newest first", async () => {
    const { owner, ctx } = await addAuditedTeam();
    const request = { id: "req_one", address: "203.0.113.5", userAgent: "curl/8" };
    const botId = await addBot(test, owner);
    test.clock.advanceMs(1_000);
    await updateBot(test.as(owner, { request }), { botId, name: "New name" });
    const { items, nextCursor } = await list(ctx);
    expect(nextCursor).toBeNull();
    expect(items.map(({ action }) => action)).toEqual(["bot.update", "bot.create"]);
    expect(items[0]).toEqual({
      id: expect.stringMatching(/^aud_/),
      at: new Date(test.clock.nowMs()).toISOString(),
      actor: { kind: "user", id: owner.userId, name: expect.stringMatching(/^Person \d+$/) },
      action: "bot.update",
      object: { kind: "bot", id: botId },
      botId,
      outcome: "success",
      address: "203.0.113.5",
      userAgent: "curl/8",
      requestId: "req_one",
      detail: { name: "New name" },
    });
    expect(await getAuditEntry(ctx, { auditId: items[0]?.id ?? "" })).toEqual(items[0]);
  });

  it("has every row on exactly one page, rows of one instant included", async () => {
    const { owner, ctx } = await addAuditedTeam();
    for (let count = 0; count < 7; count++) await addBot(test, owner);
    const ids: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await list(ctx, { limit: 3, ...(cursor === null ? {} : { cursor }) });
      ids.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(ids).toEqual((await list(ctx)).items.map(({ id }) => id));
    expect(new Set(ids).size).toBe(7);
  });

  it.each(["x", "MQ", "Li4"])("refuses the cursor %s", async (cursor) => {
    const { ctx } = await addAuditedTeam();
    await expect(list(ctx, { cursor })).rejects.toMatchObject({ code: "validation-failed" });
  });

  it("names no key that is gone", async () => {
    const { ctx, teamId } = await addAuditedTeam();
    await addBot(test, apiKeyActor(teamId, ["bots:write"]));
    expect((await list(ctx)).items).toMatchObject([{ actor: { kind: "api-key", name: null } }]);
  });
});

describe("a filter", () => {
  it("finds exactly the rows that are like it", async () => {
    const { owner, ctx, teamId } = await addAuditedTeam();
    const key = apiKeyActor(teamId, ["bots:write"]);
    const [one, two] = [await addBot(test, owner), await addBot(test, owner)];
    const startMs = test.clock.nowMs() + 1_000;
    test.clock.setMs(startMs);
    const from = { request: { id: "r", address: "198.51.100.9", userAgent: null } };
    await requestBotCommand(test.as(key, from), { botId: one, command: "stop" });
    test.clock.advanceMs(1_000);
    await requestBotCommand(test.as(owner), { botId: two, command: "stop" });
    const at = (ms: number) => new Date(ms).toISOString();
    const expected: [object, string[]][] = [
      [{ actor: key.keyId }, ["bot.stop"]],
      [{ actorKind: "api-key" }, ["bot.stop"]],
      [{ action: "bot.create" }, ["bot.create", "bot.create"]],
      [{ action: "bot." }, ["bot.stop", "bot.stop", "bot.create", "bot.create"]],
      [{ action: "api-key." }, []],
      [{ objectKind: "bot" }, ["bot.stop", "bot.stop", "bot.create", "bot.create"]],
      [{ objectKind: "call" }, []],
      [{ objectId: two }, ["bot.stop", "bot.create"]],
      [{ botId: one }, ["bot.stop", "bot.create"]],
      [{ botId: one, action: "bot.stop" }, ["bot.stop"]],
      [{ outcome: "denied" }, []],
      [{ address: "198.51.100.9" }, ["bot.stop"]],
      [{ from: at(startMs) }, ["bot.stop", "bot.stop"]],
      [{ from: at(startMs), to: at(startMs + 1_000) }, ["bot.stop"]],
      [{ to: at(startMs) }, ["bot.create", "bot.create"]],
    ];
    for (const [filter, actions] of expected) expect([filter, await actionsOf(ctx, filter)]).toEqual([filter, actions]);
  });

  it.each([
    { action: "bot" },
    { action: "bot.fly" },
    { action: "." },
    { actorKind: "robot" },
    { outcome: "maybe" },
    { from: "yesterday" },
    { from: "2026-01-02T00:00:00Z", to: "2026-01-01T00:00:00Z" },
    { unknown: "x" },
  ])("is refused where it can find nothing: %j", (filter) => {
    expect(listAuditSchema.safeParse(filter).success).toBe(false);
  });
});

describe("a row", () => {
  it("of another team is not there, in the list or by its id", async () => {
    const ours = await addAuditedTeam();
    const theirs = await addAuditedTeam();
    const botId = await addBot(test, theirs.owner);
    const [row] = (await list(theirs.ctx)).items;
    for (const filter of [{}, { botId }, { objectId: botId }, { actor: theirs.owner.userId }])
      expect(await actionsOf(ours.ctx, filter)).toEqual([]);
    await expect(getAuditEntry(ours.ctx, { auditId: row?.id ?? "" })).rejects.toMatchObject({ code: "not-found" });
    await expect(getAuditEntry(ours.ctx, { auditId: "aud_x" })).rejects.toMatchObject({ code: "not-found" });
  });

  it("of no team is for owners and admins", async () => {
    const { owner, teamId } = await addAuditedTeam();
    const address = "192.0.2.77";
    const stranger: Actor = { kind: "anonymous" };
    await noteRefusedSignIn(test.as(stranger, { request: { id: "r", address, userAgent: null } }), null);
    const seen = async (actor: Actor) => actionsOf(test.as(actor), { address });
    expect(await seen(owner)).toEqual(["user.sign-in"]);
    expect(await seen(await addPerson(test, teamId, "admin"))).toEqual(["user.sign-in"]);
    expect(await seen(await addPerson(test, teamId, "viewer"))).toEqual([]);
    expect(await seen(apiKeyActor(teamId, ["audit:read"]))).toEqual([]);
    const [row] = (await list(test.as(owner), { address })).items;
    const viewer = test.as(await addPerson(test, teamId, "viewer"));
    await expect(getAuditEntry(viewer, { auditId: row?.id ?? "" })).rejects.toMatchObject({ code: "not-found" });
  });

  it("of a bot that a key is not for is not there for that key", async () => {
    const { owner, ctx, teamId } = await addAuditedTeam();
    const [one, two, three] = [await addBot(test, owner), await addBot(test, owner), await addBot(test, owner)];
    test.clock.advanceMs(1_000);
    await requestBotCommand(ctx, { botId: one, command: "stop" });
    const key = test.as(apiKeyActor(teamId, ["audit:read"], [one, two]));
    const seen = (await list(key)).items;
    expect(seen.map(({ botId }) => botId)).toEqual([one, expect.any(String), expect.any(String)]);
    expect(new Set(seen.map(({ botId }) => botId))).toEqual(new Set([one, two]));
    expect(await actionsOf(key, { botId: three })).toEqual([]);
    expect(await actionsOf(key, { botId: two })).toEqual(["bot.create"]);
    const [hidden] = (await list(ctx, { botId: three })).items;
    await expect(getAuditEntry(key, { auditId: hidden?.id ?? "" })).rejects.toMatchObject({ code: "not-found" });
    const first = await list(key, { limit: 2 });
    const rest = await list(key, { limit: 2, cursor: first.nextCursor ?? "" });
    expect([...first.items, ...rest.items]).toEqual(seen);
  });

  it("is for those who may read the audit", async () => {
    const { teamId } = await addAuditedTeam();
    const operator = test.as(await addPerson(test, teamId, "operator"));
    await expect(list(operator)).rejects.toMatchObject({ code: "scope-missing" });
    await expect(list(test.as({ kind: "anonymous" }))).rejects.toMatchObject({ code: "unauthenticated" });
  });
});

describe("reading", () => {
  const plans: readonly [string, AuditFilters, string][] = [
    ["the list", {}, "audit_team_time (team_id=?"],
    ["a span of time", { fromMs: 1, toMs: 2 }, "audit_team_time (team_id=? AND at_ms>? AND at_ms<?"],
    ["the next page", { after: { atMs: 5, sequence: 1 } }, "audit_team_time (team_id=? AND at_ms<"],
    ["a bot's rows", { botId: askedBotId("bot_x") }, "audit_bot_time (bot_id=?"],
    ["an actor's rows", { actorId: "usr_x" }, "audit_actor_time (actor_id=?"],
    ["an object's rows", { objectId: "key_x" }, "audit_object_time (object_id=?"],
  ];

  it.each(plans)("%s walks an index in its order, and sorts nothing", async (_name, filters, index) => {
    const { teamId } = await addAuditedTeam();
    const plan = await planOf(newestAudit(test.db.reader, { of: "team", teamId }, filters, 50));
    expect(plan).toEqual([expect.stringContaining(`SEARCH audit USING INDEX ${index}`)]);
  });

  it("what belongs to no team walks an index as well", async () => {
    const plan = await planOf(newestAudit(test.db.reader, { of: "installation" }, {}, 50));
    expect(plan).toEqual([expect.stringContaining("SEARCH audit USING INDEX audit_team_time (team_id=?")]);
  });

  it("the rows of a key's bots looks up the newest of each bot", async () => {
    const { owner, teamId } = await addAuditedTeam();
    const botIds = [await addBot(test, owner)];
    const plan = await planOf(newestAudit(test.db.reader, { of: "bots", teamId, botIds }, {}, 50));
    expect(plan).toContainEqual(expect.stringContaining("SEARCH newest USING INDEX audit_bot_time (bot_id=?"));
    expect(plan.filter((step) => step.startsWith("SCAN"))).toEqual([expect.stringContaining("SCAN bot")]);
  });
});

/** The steps of SQLite's plan for a query. */
async function planOf(query: { getSQL(): SQL }): Promise<string[]> {
  const steps = await test.db.reader.all<{ detail: string }>(sql`explain query plan ${query.getSQL()}`);
  return steps.map(({ detail }) => detail);
}
