import { actorId } from "@switchboard/core/context";
import { type AuditAction, auditActions, auditObjectKindOf } from "@switchboard/core/domain/vocabulary";
import { authenticateCredential } from "@switchboard/core/services/identity/authenticate";
import { audit } from "@switchboard/db/schema";
import { and, eq, ne } from "drizzle-orm";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, expect, it } from "vitest";
import { listOperations } from "./support/operations.ts";
import { callProcedure, inputOf, listProcedures, onlyTrpc, twins } from "./support/procedures.ts";
import type { TestAnswer } from "./support/test-app.ts";
import { ownBearer, prepare, send, type ValidRequest } from "./support/valid-requests.ts";
import { createWorld, type World } from "./support/world.ts";

/** Calls that change nothing in spite of their method, each with the reason. */
const withoutRow: Readonly<Record<string, string>> = {
  "post /api/session-tokens/verify": "asks whether a token is good",
  "post /api/keys/{keyId}/recipient/challenge": "asks for a text to sign, which is kept nowhere",
  "patch /api/bots/{botId}/session/lease": "comes every few seconds, and changes nothing but how long the lease lives",
  "post /api/bots/{botId}/session/batch": "comes with every message; what is stored is the holder's own",
};

/** Mutations of tRPC alone, each with the test that shows their row. */
const shownElsewhere: Readonly<Record<string, string>> = {
  "teams.switch": "needs a browser sign-in; audit-browser.test.ts",
};

/** Calls that read, but disclose what is noted each time. */
const disclosing = ["get /api/bots/{botId}/session"];

const PEER = "203.0.113.44";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.dispose());

const changing = listOperations()
  .map(({ name }) => name)
  .filter((name) => (!name.startsWith("get ") || disclosing.includes(name)) && !(name in withoutRow));

it.each(changing)("%s leaves a row that names actor, object, address and request", async (name) => {
  const request = await prepare(world, name);
  await expectRow(request, await send(world, name, request, { peer: PEER }));
});

const pairs = changing.flatMap((name) => {
  const twin = twins[name];
  return twin === undefined ? [] : [{ name, twin, procedure: twin.procedure }];
});

it.each(pairs)("$procedure leaves a row that names actor, object, address and request", async ({ name, twin }) => {
  const request = await prepare(world, name);
  const input = inputOf(twin, request);
  await expectRow(request, await callProcedure(world, twin.procedure, request, input, { peer: PEER }));
});

it("every mutation is among them, or says where its row is shown", () => {
  const mutations = listProcedures().filter(({ type }) => type === "mutation");
  const changeNothing = Object.keys(withoutRow).flatMap((name) => twins[name]?.procedure ?? []);
  const shown = [...pairs.map(({ procedure }) => procedure), ...Object.keys(shownElsewhere), ...changeNothing];
  expect(shown.sort()).toEqual(mutations.map(({ path }) => path).sort());
  for (const path of Object.keys(shownElsewhere)) expect(onlyTrpc).toHaveProperty([path]);
});

it("a session token that renews itself leaves a row that names it", async () => {
  const { id, token } = await world.addSessionToken();
  const request = { params: { botId: world.linkedBot.botId } };
  const answer = await send(world, "post /api/bots/{botId}/session", request, { bearer: token });
  expect(await rowsOf(request, answer)).toMatchObject([
    { action: "session-token.renew", actorKind: "session-token", actorId: id, botId: request.params.botId },
  ]);
});

it("somebody's new name leaves a row, which does not hold it", async () => {
  const { userId } = world.owner.user;
  const request = { params: { userId }, json: { name: "CANARY" } };
  const rows = await rowsOf(request, await send(world, "patch /api/users/{userId}", request));
  expect(rows).toMatchObject([{ action: "user.update", objectId: userId }]);
  expect(JSON.stringify(rows)).not.toContain("CANARY");
});

/** Actions that no call of this file leads to, each with the test that shows their row. */
const actionsElsewhere: readonly AuditAction[] = [
  "setup.complete", // in an installation of its own, above
  "user.end-sign-in", // audit-browser.test.ts
  "user.switch-team", // audit-browser.test.ts
  "request.refused", // audit-refusals.test.ts
  "lease.extend", // core/src/services/custody/extend-lease.test.ts
  "lease.expire", // core/src/services/custody/expired-leases.test.ts
  "lease.reclaim", // as the one above
  "bot.rotate-data-key", // nobody asks the api for it: tests/integration/maintenance
  "installation.rotate-master-key", // as the one above
  "installation.back-up", // as the one above
  "installation.restore", // as the one above
  "audit.prune", // nobody asks for it: core/src/services/audit/prune-audit.test.ts
];

it("every action of the list is written by some call", async () => {
  const rows = await world.app.test.db.reader.selectDistinct({ action: audit.action }).from(audit);
  const written = new Set([...rows.map(({ action }) => action), ...actionsElsewhere]);
  expect(auditActions.filter((action) => !written.has(action))).toEqual([]);
});

async function expectRow(request: ValidRequest, answer: TestAnswer): Promise<void> {
  expect(answer.status).toBeLessThan(300);
  const rows = await rowsOf(request, answer);
  expect(rows.length).toBeGreaterThan(0);
  const who = await whoAsks(request);
  for (const row of rows) {
    expect(row).toMatchObject({ ...who, address: PEER, outcome: "success" });
    expect(row.objectId).not.toBeNull();
    expect(row.teamId).not.toBeNull();
    expect(Object.entries(auditObjectKindOf)).toContainEqual([row.action, row.objectKind]);
  }
}

/** What the audit has of an answered request, refusals apart. */
function rowsOf(request: ValidRequest, answer: TestAnswer) {
  const isOfRequest = eq(audit.requestId, answer.headers.get("x-request-id") ?? "");
  const { test } = request.app ?? world.app;
  return test.db.reader
    .select()
    .from(audit)
    .where(and(isOfRequest, ne(audit.outcome, "denied")));
}

/** Who the credential stands for; it may have ended with the request, and is known all the same. */
async function whoAsks(request: ValidRequest) {
  const bearer = ownBearer(world, request);
  if (bearer === null) return {};
  if (bearer.startsWith("ey")) return { actorKind: "lease-token", actorId: decodeJwt(bearer).leaseId };
  const ctx = world.app.test.as({ kind: "anonymous" });
  const actor = await authenticateCredential(ctx, bearer).catch((err) => err.note.actor);
  return { actorKind: actor.kind, actorId: actorId(actor) };
}
