import { type Role, roles, type Scope, scopes } from "@switchboard/core/domain/vocabulary";
import { addBot } from "@switchboard/core/testing/factories";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Access, accessOf, rolesOf } from "./support/access.ts";
import { makeBadCredentials } from "./support/bad-credentials.ts";
import { addKey, addMemberToken, addOwner, type Owner } from "./support/credentials.ts";
import { listOperations } from "./support/operations.ts";
import type { TestAnswer } from "./support/test-app.ts";
import { prepare, send, type ValidRequest } from "./support/valid-requests.ts";
import { createWorld, type World } from "./support/world.ts";

/** The address requests of tests come from is outside of this range. */
const ELSEWHERE = "192.0.2.0/24";
/** A well-formed id of each kind that names nothing. */
const MISSING_TAIL = "01jnzyt6g0zzzzzzzzzzzzzzzz";

let world: World;
let stranger: Owner;
/** By name: credentials that stand for nobody any more, or never did. */
let bad: ReadonlyMap<string, string>;
let fromElsewhere: string;
let ofOtherBot: string;
let ofAllScopes: string;
const tokenOf = new Map<Role, string>();
const keyOf = new Map<Scope, string>();

const operations = listOperations().map((operation) => ({ ...operation, access: accessOf[operation.name] }));
const guarded = operations.filter(({ access }) => access && access.for !== "anyone" && access.for !== "secret");
const byScope = guarded.flatMap(({ name, operation, access }) =>
  access?.for === "scope" || access?.for === "keys" ? [{ name, operation, scope: access.scope }] : [],
);
const forPeople = guarded.filter(({ access }) => access?.for === "people" || access?.for === "own");
const withRoles = guarded.filter(({ access }) => access?.for !== "own" && access?.for !== "any-credential");
const ofHolders = guarded.filter(({ access }) => access?.for === "holder" || access?.for === "custodians");
const ofBots = guarded.filter(({ path }) => path.includes("{botId}"));
const ofThings = guarded.filter(({ path, access }) => path.includes("{") && access?.for !== "own");

beforeAll(async () => {
  world = await createWorld();
  const { app, owner } = world;
  stranger = await addOwner(app.test);
  for (const role of roles) tokenOf.set(role, await addMemberToken(app.test, owner, role));
  for (const scope of scopes) keyOf.set(scope, (await addKey(app.test, owner, [scope])).secret);
  const elsewhere = { cidrs: [ELSEWHERE] };
  fromElsewhere = (await addKey(app.test, owner, scopes, elsewhere)).secret;
  ofOtherBot = (await addKey(app.test, owner, scopes, { botIds: [await addBot(app.test, owner.user)] })).secret;
  ofAllScopes = (await addKey(app.test, owner, scopes)).secret;
  bad = await makeBadCredentials(world);
});
afterAll(() => world.dispose());

/** Everything of an answer but what names the one request, and the counters of the quotas. */
function masked(answer: TestAnswer): string {
  const headers = [...answer.headers].filter(([name]) => name !== "ratelimit");
  return JSON.stringify([answer.status, answer.text, headers]).replaceAll(answer.body?.requestId ?? "?", "*");
}

const isSuccess = (status: number): boolean => status >= 200 && status < 300;
const succeeds = { status: expect.toSatisfy(isSuccess) };
const secretOf = <K>(map: ReadonlyMap<K, string>, name: K): string => map.get(name) ?? "";

const prepared = new Map<string, Promise<ValidRequest>>();

/** One request of each call for all who are refused: it stays as good as it was. */
function refusedRequest(name: string): Promise<ValidRequest> {
  const known = prepared.get(name) ?? prepare(world, name);
  prepared.set(name, known);
  return known;
}

it("says of every call who may use it, and of no other", () => {
  expect(Object.keys(accessOf).sort()).toEqual(operations.map(({ name }) => name).sort());
});

it.each(byScope)("$name names its scope in its description", ({ operation, scope }) => {
  expect(operation.description).toContain(`Scope: \`${scope}\``);
});

describe("without a good credential", () => {
  it.each(guarded)("nobody uses $name, and nothing tells why", async ({ name }) => {
    const request = await refusedRequest(name);
    const [none, ...others] = [
      await send(world, name, request, { bearer: null }),
      ...(await Promise.all([...bad.values()].map((bearer) => send(world, name, request, { bearer })))),
    ];
    expect(none).toMatchObject({ status: 401, body: { code: "unauthenticated" } });
    const [first] = others;
    for (const answer of others) {
      expect(answer).toMatchObject({ status: 401, body: { code: "unauthenticated", detail: first?.body.detail } });
    }
  });

  it.each(guarded)("a key from a wrong address does not use $name", async ({ name }) => {
    const answer = await send(world, name, await refusedRequest(name), { bearer: fromElsewhere });
    expect(answer).toMatchObject({ status: 403, body: { code: "address-not-allowed" } });
  });
});

describe("a role", () => {
  const cells = withRoles.flatMap(({ name, access }) =>
    roles.map((role) => ({ name, role, may: mayRole(access, role) })),
  );

  it.each(cells.filter(({ may }) => may))("$role may use $name", async ({ name, role }) => {
    const bearer = secretOf(tokenOf, role);
    expect(await send(world, name, await prepare(world, name), { bearer })).toMatchObject(succeeds);
  });

  it.each(cells.filter(({ may }) => !may))("$role may not use $name", async ({ name, role }) => {
    const answer = await send(world, name, await refusedRequest(name), { bearer: secretOf(tokenOf, role) });
    expect(answer.status).toBe(403);
    expect(["scope-missing", "forbidden"]).toContain(answer.body.code);
  });
});

describe("an API key", () => {
  it.each(byScope)("uses $name with the scope $scope and no other", async ({ name, scope }) => {
    const request = await prepare(world, name);
    for (const other of scopes.filter((held) => held !== scope)) {
      const answer = await send(world, name, request, { bearer: secretOf(keyOf, other) });
      expect([other, answer.status, answer.body.code, answer.body.requiredScope]).toEqual([
        other,
        403,
        "scope-missing",
        scope,
      ]);
    }
    const answer = await send(world, name, request, { bearer: secretOf(keyOf, scope) });
    expect(answer.body?.code).not.toBe("scope-missing");
    expect(isSuccess(answer.status) || answer.body.code === "recipient-key-required").toBe(true);
  });

  it.each(forPeople)("does not use $name, whatever its scopes", async ({ name }) => {
    const answer = await send(world, name, await refusedRequest(name), { bearer: ofAllScopes });
    expect(answer).toMatchObject({ status: 403, body: { code: "forbidden" } });
  });
});

describe("a thing one may not know of", () => {
  it.each(ofThings)("is not found by $name, the same whether foreign, missing or malformed", async ({ name }) => {
    const request = await refusedRequest(name);
    const answers = [
      await send(world, name, request, { bearer: stranger.token }),
      await send(world, name, renamed(request, missingId), { bearer: stranger.token }),
      await send(
        world,
        name,
        renamed(request, () => "x"),
        { bearer: stranger.token },
      ),
      await send(
        world,
        name,
        renamed(request, () => "%00%ff.."),
        { bearer: stranger.token },
      ),
    ];
    const [first, ...others] = answers.map(masked);
    expect(answers[0]?.status).toBe(404);
    for (const answer of others) expect(answer).toBe(first);
  });

  it.each(ofBots)("is not found by $name with a key for another bot, as if it were missing", async ({ name }) => {
    const request = await refusedRequest(name);
    const listed = await send(world, name, request, { bearer: ofOtherBot });
    const missing = await send(world, name, renamed(request, missingId), { bearer: ofOtherBot });
    expect(listed.status).toBe(404);
    expect(masked(listed)).toBe(masked(missing));
  });

  const nested = ofBots.filter(({ path }) => /\{(contactId|callId|tokenId)\}/.test(path));
  it.each(nested)("is not found by $name under another bot of the same team", async ({ name }) => {
    const request = await prepare(world, name);
    const botId = await addBot(world.app.test, world.owner.user);
    const answer = await send(world, name, { ...request, params: { ...request.params, botId } });
    expect(answer).toMatchObject({ status: 404, body: { code: "not-found" } });
  });
});

describe("a lease token", () => {
  const own = /\/session\/(read|batch|lease|lease\/events|lease\/handover)$/;
  const others = guarded.filter(({ name, access }) => !own.test(name) && access?.for !== "any-credential");
  it.each(others)("does not use $name", async ({ name }) => {
    const { token } = await world.addHeldSession();
    const answer = await send(world, name, await refusedRequest(name), { bearer: token });
    expect([403, 404]).toContain(answer.status);
  });

  it("takes no lease", async () => {
    const { botId, token } = await world.addHeldSession();
    const request = { ...(await prepare(world, "post /api/bots/{botId}/session/lease")), params: { botId } };
    expect((await send(world, "post /api/bots/{botId}/session/lease", request, { bearer: token })).status).toBe(403);
  });

  it.each(ofHolders)("uses $name for the bot it is for, and for no other", async ({ name }) => {
    const held = await world.addHeldSession();
    const request = await prepare(world, name);
    expect((await send(world, name, request, { bearer: held.token })).status).toBe(404);
    expect(isSuccess((await send(world, name, request)).status)).toBe(true);
  });
});

describe("a key that does not hold the bot", () => {
  const ofLease = ofHolders.filter(({ name }) => name.includes("/lease"));
  it.each(ofLease)("does not use $name, whatever its scopes", async ({ name }) => {
    const answer = await send(world, name, await refusedRequest(name), { bearer: ofAllScopes });
    expect(answer).toMatchObject({ status: 409, body: { code: "lease-lost" } });
  });
});

describe("a session token", () => {
  const others = guarded.filter(({ name }) => !/^(get|post) \/api\/bots\/\{botId\}\/session$/.test(name));
  it.each(others.filter(({ access }) => access?.for !== "any-credential"))("does not use $name", async ({ name }) => {
    const { token } = await world.addSessionToken();
    const answer = await send(world, name, await refusedRequest(name), { bearer: token });
    expect([403, 404]).toContain(answer.status);
  });

  it.each(["get", "post"])("does not %s the session of another bot", async (method) => {
    const { token } = await world.addSessionToken();
    const name = `${method} /api/bots/{botId}/session`;
    const request = { ...(await prepare(world, name)), params: { botId: await world.addLinkedBot() } };
    expect((await send(world, name, request, { bearer: token })).status).toBe(404);
  });
});

const mayRole = (access: Access | undefined, role: Role): boolean =>
  access !== undefined && rolesOf(access).includes(role);

const missingId = (id: string): string => (/^[a-z]+_/.test(id) ? id.replace(/_.*$/, `_${MISSING_TAIL}`) : id);

/** The request about other things: a caller's number is no id, so it stays. */
function renamed(request: ValidRequest, rename: (id: string) => string): ValidRequest {
  const params = Object.fromEntries(
    Object.entries(request.params ?? {}).map(([name, id]) => [name, name === "caller" ? id : rename(id)]),
  );
  return { ...request, params };
}
