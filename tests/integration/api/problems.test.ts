import { errorCodes } from "@switchboard/core/domain/vocabulary";
import { DatabaseBusyError, DatabaseUnavailableError } from "@switchboard/db/errors";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addOwner, type Owner } from "./support/credentials.ts";
import { itNeedsNoSocket, itReplacesParts } from "./support/runtime.ts";
import { createTestApp, type TestApp } from "./support/test-app.ts";

let app: TestApp;
let owner: Owner;
beforeAll(async () => {
  app = await createTestApp();
  owner = await addOwner(app.test);
});
afterAll(() => app.dispose());

describe("a problem document", () => {
  it("has every member, and its type leads to an explanation", async () => {
    const answer = await app.request("/api/bots/bot_x", { bearer: owner.token });
    const { requestId } = answer.body;
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.headers.get("x-request-id")).toBe(requestId);
    expect(answer.body).toEqual({
      type: "/problems/not-found",
      title: "Not found",
      status: 404,
      detail: "There is no such thing here.",
      instance: requestId,
      code: "not-found",
      requestId,
    });
    const page = await app.request(answer.body.type);
    expect(page).toMatchObject({ status: 200, body: { code: "not-found", status: 404 } });
  });

  it.each(errorCodes)("of the code %s is explained", async (code) => {
    const { status, body } = await app.request(`/problems/${code}`);
    expect(status).toBe(200);
    expect(body.cause.length * body.check.length).toBeGreaterThan(0);
  });

  it("is 404 for a code there is not, names of the language's own included", async () => {
    for (const code of ["nonsense", "constructor", "__proto__"])
      expect((await app.request(`/problems/${code}`)).status).toBe(404);
  });
});

describe("what cannot be read", () => {
  const send = (headers: Record<string, string>, body: string, path = "/api/bots") =>
    app.request(path, { method: "POST", bearer: owner.token, headers, body });
  const json = { "content-type": "application/json" };

  it.each(["{", "", "{'name':1}", '{"name":"x"} trailing'])("%j is 400", async (body) => {
    expect(await send(json, body)).toMatchObject({ status: 400, body: { code: "unreadable" } });
  });

  it.each(["null", "[]", '"text"', "1"])("%s is no object: 422", async (body) => {
    expect(await send(json, body)).toMatchObject({ status: 422, body: { code: "validation-failed" } });
  });

  it.each([
    {},
    { "content-type": "text/plain" },
    { "content-type": "application/x-www-form-urlencoded" },
    { "content-type": "application/jsonp" },
  ])("a body declared as %j is 415", async (headers) => {
    expect(await send({ ...headers }, '{"name":"x"}')).toMatchObject({
      status: 415,
      body: { code: "unsupported-media-type" },
    });
  });

  it("more than 64 KB is 413, whether its length is declared or not", async () => {
    const large = JSON.stringify({ name: "x".repeat(65_536) });
    const declared = await send({ ...json, "content-length": String(large.length) }, large);
    expect(declared).toMatchObject({ status: 413, body: { code: "too-large" } });
    expect(await send(json, large)).toMatchObject({ status: 413, body: { code: "too-large" } });
  });

  itNeedsNoSocket("more than 64 KB is refused whatever length is declared", async () => {
    const large = JSON.stringify({ name: "x".repeat(65_536) });
    expect((await send({ ...json, "content-length": "10" }, large)).status).toBeGreaterThanOrEqual(400);
  });

  it("depth does no harm", async () => {
    const deep = `{"name":${"[".repeat(30_000)}${"]".repeat(30_000)}}`;
    expect((await send(json, deep)).status).toBe(422);
    const members = JSON.stringify(Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`f${index}`, 1])));
    const answer = await send(json, members);
    expect(answer.status).toBe(422);
    expect(answer.body.errors.length).toBeLessThanOrEqual(50);
  });

  it("a member named __proto__ is an unknown field like any other", async () => {
    expect((await send(json, '{"name":"x","__proto__":{"admin":true}}')).status).toBe(422);
  });
});

describe("an address", () => {
  it("that is not there is 404, with and without a credential", async () => {
    for (const path of ["/", "/api", "/api/nothing", "/trpcx", "/api/bots/a/b/c"])
      expect((await app.request(path, { bearer: owner.token })).body.code).toBe("not-found");
    expect((await app.request("/api/nothing")).status).toBe(404);
  });

  it("that takes other methods is 405 and says which", async () => {
    const answer = await app.request("/api/bots", { method: "PUT", bearer: owner.token });
    expect(answer).toMatchObject({ status: 405, body: { code: "method-not-allowed" } });
    expect(answer.headers.get("allow")?.split(", ").sort()).toEqual(["GET", "HEAD", "POST"]);
  });

  it("answers a preflight of another origin with nothing that lets it in", async () => {
    const headers = { origin: "https://evil.example", "access-control-request-method": "POST" };
    const answer = await app.request("/api/bots", { method: "OPTIONS", headers });
    expect(answer.status).toBe(405);
    expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  });
});

describe("a request id", () => {
  const ours = /^req_[0-9a-z]{26}$/;
  let behindProxy: TestApp;
  beforeAll(async () => {
    behindProxy = await createTestApp({ settings: { trustedProxies: ["10.0.0.0/8"] } });
  });
  afterAll(() => behindProxy.dispose());
  const idFrom = async (peer: string, id: string): Promise<string> =>
    (await behindProxy.request("/api/me", { peer, headers: { "x-request-id": id } })).body.requestId;

  it.each(["plain-id_123", "x".repeat(64)])("from a trusted proxy is kept when it is plain: %s", async (id) => {
    expect(await idFrom("10.0.0.1", id)).toBe(id);
    expect(await idFrom("::ffff:10.0.0.1", id)).toBe(id);
  });

  it.each(["short", "x".repeat(65), "with space in it", 'quote"quote"', "line%0abreak"])(
    "from a trusted proxy is replaced when it is not: %j",
    async (id) => {
      expect(await idFrom("10.0.0.1", id)).toMatch(ours);
    },
  );

  it("from anybody else is replaced", async () => {
    expect(await idFrom("203.0.113.1", "plain-id_123")).toMatch(ours);
    const { body } = await app.request("/api/me", { peer: "127.0.0.1", headers: { "x-request-id": "plain-id_123" } });
    expect(body.requestId).toMatch(ours);
  });
});

describe("what goes wrong here", () => {
  const broken = async (err: Error) => {
    const failing = await createTestApp({
      deps: (deps) => ({ ...deps, setupCode: { read: () => Promise.reject(err), forget: async () => undefined } }),
    });
    const json = { code: "c", name: "Ada", email: "ada@example.org", password: "a sentence is easy to remember" };
    const answer = await failing.request("/api/setup", { json });
    await failing.dispose();
    return { answer, logLines: failing.logLines };
  };

  itReplacesParts("is told in general words, and logged under the request id", async () => {
    const { answer, logLines } = await broken(new Error("the disk said: secret-path"));
    expect(answer).toMatchObject({ status: 500, body: { code: "internal" } });
    expect(answer.text).not.toContain("secret-path");
    const line = logLines.find((text) => text.includes("secret-path"));
    expect(line).toContain(answer.body.requestId);
  });

  itReplacesParts("is 503 with a time to wait for a database that is busy or away", async () => {
    const busy = (await broken(new DatabaseBusyError())).answer;
    expect(busy).toMatchObject({ status: 503, body: { code: "store-busy" } });
    expect(Number(busy.headers.get("retry-after"))).toBeGreaterThan(0);
    const away = (await broken(new DatabaseUnavailableError("SERVER_ERROR", "unknown"))).answer;
    expect(away).toMatchObject({ status: 503, body: { code: "unavailable" } });
    expect(away.body.detail).toContain("outcome of your change is unknown");
    expect(away.headers.get("retry-after")).not.toBeNull();
  });

  itReplacesParts("is 503 for a handler that does not answer in time", async () => {
    const never = Promise.withResolvers<string | null>();
    const stuck = await createTestApp({
      settings: { handlerTimeoutMs: 20 },
      deps: (deps) => ({ ...deps, setupCode: { read: () => never.promise, forget: async () => undefined } }),
    });
    const json = { code: "c", name: "Ada", email: "ada@example.org", password: "a sentence is easy to remember" };
    expect(await stuck.request("/api/setup", { json })).toMatchObject({ status: 503, body: { code: "unavailable" } });
    never.resolve(null);
    await stuck.dispose();
  });
});
