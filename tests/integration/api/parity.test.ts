import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addMemberToken, addOwner, type Owner } from "./support/credentials.ts";
import { listOperations } from "./support/operations.ts";
import { callProcedure, inputOf, listProcedures, onlyRest, onlyTrpc, type Twin, twins } from "./support/procedures.ts";
import type { TestAnswer } from "./support/test-app.ts";
import { prepare, send, type ValidRequest } from "./support/valid-requests.ts";
import { createWorld, type World } from "./support/world.ts";

let world: World;
let stranger: Owner;
beforeAll(async () => {
  world = await createWorld();
  stranger = await addOwner(world.app.test);
});
afterAll(() => world.dispose());

const operations = listOperations();
const pairs = Object.entries(twins).map(([name, twin]) => ({ name, twin, procedure: twin.procedure }));
const operationOf = (name: string) => operations.find((operation) => operation.name === name)?.operation;

describe("REST and tRPC", () => {
  it("do the same, but for what is named with its reason", () => {
    const calls = operations.map(({ name }) => name).sort();
    expect([...Object.keys(twins), ...Object.keys(onlyRest)].sort()).toEqual(calls);
    const procedures = listProcedures().map(({ path }) => path);
    expect([...pairs.map(({ procedure }) => procedure), ...Object.keys(onlyTrpc)].sort()).toEqual(procedures.sort());
  });

  it("read with GET and change with POST alike", () => {
    const isQuery = new Map(listProcedures().map(({ path, type }) => [path, type === "query"]));
    for (const { name, procedure } of pairs)
      expect([name, isQuery.get(procedure)]).toEqual([name, name.startsWith("get ")]);
  });

  it.each(pairs)("answer alike: $name and $procedure", async ({ name, twin }) => {
    const [byRest, byTrpc] = await askBoth(name, twin);
    expect(byRest.status).toBeLessThan(300);
    expect(dataOf(byTrpc, twin)).toEqual(dataOfRest(byRest, byTrpc));
  });
});

describe("REST and tRPC refuse alike", () => {
  const withBody = pairs.filter(({ name }) => operationOf(name)?.requestBody !== undefined);

  it.each(pairs)("who is not signed in: $name and $procedure", async ({ name, twin }) => {
    const [byRest, byTrpc] = await askBoth(name, twin, async () => null);
    expect(outcomeOf(byTrpc, twin)).toEqual(outcomeOf(byRest));
  });

  it.each(pairs)("another team: $name and $procedure", async ({ name, twin }) => {
    const [byRest, byTrpc] = await askBoth(name, twin, () => addMemberToken(world.app.test, stranger, "owner"));
    expect(outcomeOf(byTrpc, twin)).toEqual(outcomeOf(byRest));
  });

  it.each(pairs)("a viewer: $name and $procedure", async ({ name, twin }) => {
    const [byRest, byTrpc] = await askBoth(name, twin, () => addMemberToken(world.app.test, world.owner, "viewer"));
    expect(outcomeOf(byTrpc, twin)).toEqual(outcomeOf(byRest));
  });

  it.each(pairs)("ids of nothing: $name and $procedure", async ({ name, twin }) => {
    const [byRest, byTrpc] = await askBoth(name, twin, undefined, ({ params = {}, ...rest }) => ({
      ...rest,
      params: Object.fromEntries(Object.keys(params).map((id) => [id, "x"])),
    }));
    expect(outcomeOf(byTrpc, twin)).toEqual(outcomeOf(byRest));
  });

  it.each(withBody)("an unknown field, by its name: $name and $procedure", async ({ name, twin }) => {
    const [byRest, byTrpc] = await askBoth(name, twin, undefined, (request) => ({
      ...request,
      json: { ...request.json, strange: 1 },
    }));
    expect(outcomeOf(byTrpc, twin)).toEqual(outcomeOf(byRest));
    expect(outcomeOf(byRest)).toEqual({ code: "validation-failed", paths: ["strange"] });
  });

  it.each(withBody)("fields of a wrong kind: $name and $procedure", async ({ name, twin }) => {
    const [byRest, byTrpc] = await askBoth(name, twin, undefined, (request) => ({
      ...request,
      json: Object.fromEntries(Object.keys(request.json ?? {}).map((field) => [field, { wrong: true }])),
    }));
    expect(outcomeOf(byTrpc, twin)).toEqual(outcomeOf(byRest));
  });
});

/** The same to both: one request where it only reads, and one for each where it changes something. */
async function askBoth(
  name: string,
  twin: Twin,
  bearerOf: (() => Promise<string | null>) | undefined = undefined,
  change: (request: ValidRequest) => ValidRequest = (request) => request,
): Promise<[TestAnswer, TestAnswer]> {
  const first = change(await prepare(world, name));
  const byRest = await send(world, name, first, await credentialOf(first, bearerOf));
  const second = name.startsWith("get ") ? first : change(await prepare(world, name));
  return [
    byRest,
    await callProcedure(world, twin.procedure, second, inputOf(twin, second), await credentialOf(second, bearerOf)),
  ];
}

/** Calls for anybody are asked without a credential: a bad one is refused by procedures, and nothing to REST there. */
async function credentialOf(request: ValidRequest, bearerOf: (() => Promise<string | null>) | undefined) {
  return bearerOf === undefined || request.bearer === null ? {} : { bearer: await bearerOf() };
}

function dataOf(answer: TestAnswer, { part }: Twin): unknown {
  const data = answer.body.result?.data.json;
  return masked(part === undefined ? data : data[part]);
}

/** REST echoes the filters of a list; a procedure's caller has them at hand. */
function dataOfRest({ body }: TestAnswer, byTrpc: TestAnswer): unknown {
  if (body === null || !("filters" in body) || byTrpc.body.result?.data.json?.filters) return masked(body);
  const { filters: _, ...rest } = body;
  return masked(rest);
}

/** How it ended: done, or the code of the refusal and the fields it names, as REST names them. */
function outcomeOf({ body, status }: TestAnswer, twin: Twin | null = null) {
  const refusal = twin === null ? (status < 400 ? null : body) : body.error?.json.data;
  if (!refusal) return "done";
  const errors: { path: string }[] = refusal.errors ?? [];
  const prefix = twin?.bodyIn === undefined ? "" : `${twin.bodyIn}.`;
  return {
    code: refusal.code,
    paths: errors.map(({ path }) => (path.startsWith(prefix) ? path.slice(prefix.length) : path)).sort(),
  };
}

const INSTANT = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

/** The same value with what names one thing or one moment made equal: ids, secrets, and the numbers in names. */
function masked(value: unknown): unknown {
  if (typeof value === "string") return INSTANT.test(value) ? value : maskedText(value);
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, BY_DATABASE.has(name) ? typeof member : masked(member)]),
  );
}

/** Instants of leases are the database's, whose clock does not stand still between two requests. */
const BY_DATABASE: ReadonlySet<string> = new Set(["deadline", "reservedUntil"]);

const maskedText = (text: string): string =>
  text
    .replace(/\b([a-z]+_)[0-9a-z]{26}\b/g, "$1*")
    .replace(/\bsb_[a-z]+_\w+/g, "secret")
    .replace(/\beyJ[\w.-]+/g, "token")
    .replace(/^rch1\.[\w.-]+$/, "challenge")
    .replace(/^[\w-]{43}$/, "32 bytes")
    .replace(/\d+/g, "#");
