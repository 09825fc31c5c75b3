import { type Scope, scopes } from "@switchboard/core/domain/vocabulary";
import { addBot } from "@switchboard/core/testing/factories";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addKey, addOwner, type Owner } from "./support/credentials.ts";
import { listOperations } from "./support/operations.ts";
import { createTestApp, type TestAnswer, type TestApp } from "./support/test-app.ts";

const UNKNOWN_BOT = "bot_01jnzyt6g0zzzzzzzzzzzzzzzz";

/** A body that is valid, for each call that must have one; a call that is missing here answers 422 and fails. */
const bodies: Readonly<Record<string, object>> = {
  "patch /api/bots/{botId}": { name: "Another name" },
  "delete /api/bots/{botId}": { confirm: "any name" },
  "post /api/bots/{botId}/pairing": { method: "qr" },
  "put /api/bots/{botId}/call-blocking": {},
  "patch /api/bots/{botId}/call-blocking": { enabled: true },
  "post /api/bots/{botId}/blocked-contacts": { phoneNumber: "+34 600 000 001" },
  "post /api/bots/{botId}/allowed-contacts": { phoneNumber: "+34 600 000 001" },
};

let app: TestApp;
let owner: Owner;
let botId: string;
beforeAll(async () => {
  app = await createTestApp({ settings: { requestsPerMinute: 100_000 } });
  owner = await addOwner(app.test);
  botId = await addBot(app.test, owner.user);
});
afterAll(() => app.dispose());

const operations = listOperations();
const ofBots = operations.filter(({ path }) => path.includes("{botId}"));
const pathOf = (path: string, id: string) =>
  path
    .replace("{botId}", id)
    .replace("{caller}", "34600000001")
    .replace(/\{\w+\}/, "tok_x");

const ask = (operation: { name: string; method: string; path: string }, id: string, bearer: string) => {
  const json = bodies[operation.name];
  const method = operation.method.toUpperCase();
  return app.request(pathOf(operation.path, id), { method, bearer, ...(json ? { json } : {}) });
};

/** Everything of an answer but what names the one request, and the counter of the quota. */
const masked = (answer: TestAnswer) => {
  const headers = [...answer.headers].filter(([name]) => name !== "ratelimit");
  return JSON.stringify([answer.status, answer.text, headers]).replaceAll(answer.body.requestId, "*");
};

describe("a bot one may not know of", () => {
  let stranger: Owner;
  let limited: string;
  let other: string;
  beforeAll(async () => {
    stranger = await addOwner(app.test);
    other = await addBot(app.test, owner.user);
    limited = (await addKey(app.test, owner, scopes, { botIds: [botId] })).secret;
  });

  it.each(ofBots)(
    "is not found by $name, the same whether foreign, missing, unlisted or malformed",
    async (operation) => {
      const answers = [
        await ask(operation, botId, stranger.token),
        await ask(operation, UNKNOWN_BOT, stranger.token),
        await ask(operation, "bot_x", stranger.token),
        await ask(operation, "%00%ff..", stranger.token),
        await ask(operation, other, limited),
      ];
      const [first, ...others] = answers.map(masked);
      expect(answers[0]?.status).toBe(404);
      for (const answer of others) expect(answer).toBe(first);
    },
  );
});

describe("a scope", () => {
  const guarded = ofBots.map((operation) => {
    const [, scope] = /Scope: `([\w:]+)`/.exec(operation.operation.description ?? "") ?? [];
    return { ...operation, scope: scope as Scope | undefined };
  });

  it.each(guarded)("is named by $name", ({ scope }) => {
    expect(scopes).toContain(scope);
  });

  it.each(guarded)("$scope and no other lets a key use $name", async (operation) => {
    const { scope } = operation;
    if (scope === undefined) throw new Error("no scope");
    const disposable = await addBot(app.test, owner.user);
    const without = await addKey(
      app.test,
      owner,
      scopes.filter((held) => held !== scope),
    );
    const refused = await ask(operation, disposable, without.secret);
    expect(refused).toMatchObject({ status: 403, body: { code: "scope-missing", requiredScope: scope } });
    const only = await addKey(app.test, owner, [scope]);
    expect((await ask(operation, disposable, only.secret)).body?.code).not.toBe("scope-missing");
  });

  it("of reading lets a key change nothing", async () => {
    const reader = await addKey(
      app.test,
      owner,
      scopes.filter((scope) => scope.endsWith(":read")),
    );
    for (const operation of ofBots.filter(({ method }) => method !== "get"))
      expect([operation.name, (await ask(operation, botId, reader.secret)).status]).toEqual([operation.name, 403]);
  });
});
