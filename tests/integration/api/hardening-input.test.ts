import { authBatchBytesMax } from "@switchboard/core/domain/auth-record-types";
import { sessionFilesBytesMax } from "@switchboard/core/services/session-files/schemas";
import { audit, events } from "@switchboard/db/schema";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listOperations, type Operation } from "./support/operations.ts";
import type { TestAnswer, TestRequest } from "./support/test-app.ts";
import { ownBearer, prepare, type ValidRequest } from "./support/valid-requests.ts";
import { createWorld, type World } from "./support/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.dispose());

const operations = listOperations();
const takesBody = ({ operation }: Operation): boolean => "requestBody" in operation;
const withBody = operations.filter(takesBody);
const withoutBody = operations.filter((operation) => !takesBody(operation));

/** A prepared request as raw parts, so that a test can spoil one of them. */
async function prepared({ name, method, path }: Operation) {
  const request = await prepare(world, name);
  const bearer = ownBearer(world, request);
  const { app = world.app, params = {}, query = {} } = request;
  const address = path.replace(/\{(\w+)\}/g, (_, part: string) => encodeURIComponent(params[part] ?? "missing"));
  const own = new URLSearchParams(query).toString();
  const send = (search: string, { headers, ...changes }: TestRequest = {}): Promise<TestAnswer> =>
    app.request([address, [own, search].filter(Boolean).join("&")].filter(Boolean).join("?"), {
      method: method.toUpperCase(),
      ...(bearer === null ? {} : { bearer }),
      ...(request.json === undefined || changes.body !== undefined ? {} : { json: request.json }),
      headers: { ...request.headers, ...headers },
      ...changes,
    });
  return { request, send };
}

/** What requests could have changed: every refusal below must leave it as it was. */
async function traces(): Promise<number> {
  const { reader } = world.app.test.db;
  const rows = await reader.select({ sequence: events.sequence }).from(events);
  const entries = await reader.select({ outcome: audit.outcome }).from(audit);
  return rows.length + entries.filter(({ outcome }) => outcome === "success").length;
}

async function expectRefused(ask: () => Promise<TestAnswer>, status: number, path?: string): Promise<void> {
  const before = await traces();
  const { status: actual, body } = await ask();
  expect({ actual, body }).toMatchObject({ actual: status, body: { status } });
  if (path !== undefined) expect(body.errors.map((error: { path: string }) => error.path)).toContain(path);
  expect(await traces()).toBe(before);
}

/** Calls whose body may be larger than 64 KB, and how large. */
const BODY_BYTES_MAX: Readonly<Record<string, number>> = {
  "post /api/bots/{botId}/session/batch": authBatchBytesMax,
  "post /api/bots/{botId}/session/import": sessionFilesBytesMax,
};

const JSON_TYPE = { "content-type": "application/json" };

describe("every call", () => {
  it.each(operations)("$name refuses a query parameter it does not know", async (operation) => {
    const { send } = await prepared(operation);
    await expectRefused(() => send("unknownParameter=1"), 422, "unknownParameter");
    await expectRefused(() => send("__proto__=1"), 422, "__proto__");
    await expectRefused(() => send("constructor=1"), 422, "constructor");
  });

  it.each(operations)("$name refuses a query that is not UTF-8 in percent-encoding", async (operation) => {
    const { send } = await prepared(operation);
    for (const search of ["x=%ff", "x=%zz", "%c3=1"]) await expectRefused(() => send(search), 400);
  });

  it.each(operations)("$name takes header fields it does not know, and cookies for nothing", async (operation) => {
    const { send } = await prepared(operation);
    const headers = { "x-unknown": "1", cookie: "better-auth.session_token=x", "x-real-ip": "192.0.2.1" };
    expect((await send("", { headers })).status).toBeLessThan(300);
  });
});

describe("every call with query parameters", () => {
  const queries = operations.flatMap((operation) =>
    (parametersOf(operation) ?? []).map((name) => ({ operation, name, title: operation.name })),
  );

  it.each(queries)("$title refuses $name when it is given twice", async ({ operation, name }) => {
    const { send } = await prepared(operation);
    await expectRefused(() => send(`${name}=1&${name}=1`), 422, name);
    await expectRefused(() => send(`${name}=1&%${name.charCodeAt(0).toString(16)}${name.slice(1)}=1`), 422, name);
  });

  it.each(queries)("$title refuses U+0000 in $name", async ({ operation, name }) => {
    const { send } = await prepared(operation);
    await expectRefused(() => send(`${name}=a%00b`), 422, name);
  });
});

describe("every call that takes a body", () => {
  const jsonOf = (request: ValidRequest) => request.json ?? {};

  it.each(withBody)(
    "$name refuses a field it does not know, names of the language's own included",
    async (operation) => {
      for (const field of ["unknownField", "__proto__", "constructor", "toString"]) {
        const { request, send } = await prepared(operation);
        const body = `{"${field}":{"isAdmin":true},${JSON.stringify(jsonOf(request)).slice(1)}`.replace(",}", "}");
        await expectRefused(() => send("", { body, headers: JSON_TYPE }), 422, field);
      }
      expect({}).not.toHaveProperty("isAdmin");
    },
  );

  it.each(withBody)("$name refuses a field that is given twice", async (operation) => {
    const { request, send } = await prepared(operation);
    const [first = ["x", 1]] = Object.entries(jsonOf(request));
    const member = `${JSON.stringify(first[0])}:${JSON.stringify(first[1])}`;
    await expectRefused(() => send("", { body: `{${member},${member}}`, headers: JSON_TYPE }), 422, String(first[0]));
  });

  it.each(withBody)("$name refuses what is not JSON in UTF-8, whatever it is declared as", async (operation) => {
    const { request, send } = await prepared(operation);
    const body = JSON.stringify(jsonOf(request));
    for (const type of [
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "application/json; charset=utf-16",
      "application/problem+json",
      "application/jsonp",
      "text/plain; application/json",
      "*/*",
    ])
      await expectRefused(() => send("", { body, headers: { "content-type": type } }), 415);
    await expectRefused(() => send("", { body, headers: { ...JSON_TYPE, "content-encoding": "gzip" } }), 415);
    const latin1 = new Uint8Array([0x7b, 0x22, 0x78, 0x22, 0x3a, 0x22, 0xe9, 0x22, 0x7d]);
    await expectRefused(() => send("", { body: latin1, headers: JSON_TYPE }), 400);
  });

  it.each(withBody)("$name refuses more than it could ever need", async (operation) => {
    const { send } = await prepared(operation);
    const huge = JSON.stringify({ text: "x".repeat(BODY_BYTES_MAX[operation.name] ?? 64 * 1024) });
    await expectRefused(() => send("", { body: huge, headers: JSON_TYPE }), 413);
    await expectRefused(
      () => send("", { body: `${'{"a":'.repeat(40)}1${"}".repeat(40)}`, headers: JSON_TYPE }),
      422,
      "",
    );
    await expectRefused(() => send("", { body: '{"a":"\\u0000"}', headers: JSON_TYPE }), 422, "");
    await expectRefused(() => send("", { body: '{"a":"\\ud800"}', headers: JSON_TYPE }), 422, "");
  });
});

describe("every call that takes no body", () => {
  it.each(withoutBody)("$name refuses one", async (operation) => {
    const { send } = await prepared(operation);
    const isRead = operation.method === "get";
    const changes = isRead ? { headers: { ...JSON_TYPE, "content-length": "2" } } : { body: "{}", headers: JSON_TYPE };
    await expectRefused(() => send("", changes), 422, "");
  });

  it.each(withoutBody.filter(({ method }) => method !== "get"))("$name takes an empty one", async (operation) => {
    const { send } = await prepared(operation);
    expect((await send("", { body: "" })).status).toBeLessThan(300);
  });
});

describe("an id in an address", () => {
  it.each([
    "%00",
    "a%00b",
    "%ff",
    "%zz",
    "%2e%2e",
    "..%2f..",
    "%2f",
    "null",
    "undefined",
    "__proto__",
    "x".repeat(5_000),
    "%F0%9F%A4%96",
  ])("%s is not found, like any other that is not there", async (id) => {
    const answer = await world.app.request(`/api/bots/${id}/call-blocking`, { bearer: world.owner.token });
    expect(answer).toMatchObject({ status: 404, body: { code: "not-found" } });
  });
});

function parametersOf({ operation }: Operation): string[] | undefined {
  if (!("parameters" in operation) || !Array.isArray(operation.parameters)) return;
  return operation.parameters.filter((parameter) => parameter.in === "query").map((parameter) => parameter.name);
}
