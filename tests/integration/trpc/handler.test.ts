import { ServiceError } from "@switchboard/core/errors";
import { createTestContext, type TestContext } from "@switchboard/core/testing/test-context";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTrpcHandler } from "../../../api/src/trpc/handler.ts";

let test: TestContext;
const unexpected: unknown[] = [];

beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());

const handlerOf = (makeContext: () => Promise<ReturnType<TestContext["as"]>>) =>
  createTrpcHandler(makeContext, { onUnexpectedError: (err, where) => unexpected.push({ err, where }) });

const anybody = () =>
  handlerOf(async () => test.as({ kind: "anonymous" }, { request: { id: "req_1", address: null, userAgent: null } }));
const get = (path: string) => anybody()(new Request(`http://api.test/trpc/${path}`));
const post = (path: string, body: string, type = "application/json") =>
  anybody()(new Request(`http://api.test/trpc/${path}`, { method: "POST", body, headers: { "content-type": type } }));

const bodyOf = async (response: Response) => JSON.stringify(await response.json());
const codeOf = async (response: Response) => /"code":"([a-z-]+)"/.exec(await bodyOf(response))?.[1];

describe("a request that cannot be read", () => {
  it.each([
    ["an unknown procedure", () => get("bots.nothing"), 404, "not-found"],
    ["a mutation read with GET", () => get("auth.signIn"), 405, "method-not-allowed"],
    ["a body that is no JSON", () => post("auth.signIn", "{"), 400, "unreadable"],
    ["a form", () => post("auth.signIn", "a=b", "application/x-www-form-urlencoded"), 415, "unsupported-media-type"],
    [
      "a form with parts",
      () => post("auth.signIn", "--x--", "multipart/form-data; boundary=x"),
      415,
      "unsupported-media-type",
    ],
    ["bytes", () => post("auth.signIn", "{}", "application/octet-stream"), 415, "unsupported-media-type"],
    ["a path that is not encoded well", () => get("%"), 400, "unreadable"],
  ])("%s", async (_name, call, status, code) => {
    const response = await call();
    expect(response.status).toBe(status);
    const body = await bodyOf(response);
    expect(body).toContain(`"code":"${code}"`);
    expect(body).not.toMatch(/stack|\.ts|node_modules/);
  });
});

it("takes 20 calls in one request and refuses 21", async () => {
  const batch = (size: number) => get(`${Array(size).fill("setup.status").join(",")}?batch=1&input={}`);
  expect((await batch(20)).status).toBe(200);
  const refused = await batch(21);
  expect(refused.status).toBe(400);
  expect(await codeOf(refused)).toBe("unreadable");
});

it("lets nobody on the way keep an answer", async () => {
  expect((await get("setup.status")).headers.get("cache-control")).toBe("no-store");
  expect((await get("bots.list")).headers.get("cache-control")).toBe("no-store");
});

it("answers each call with the refusal of the credential", async () => {
  const refuse = handlerOf(async () => {
    throw new ServiceError("unauthenticated", "This credential is not valid.");
  });
  const response = await refuse(new Request("http://api.test/trpc/setup.status"));
  expect(response.status).toBe(401);
  expect(await codeOf(response)).toBe("unauthenticated");
});

it("tells when to come back while the database is busy", async () => {
  const busy = handlerOf(async () => {
    throw Object.assign(new Error("busy"), { code: "database_busy" });
  });
  const response = await busy(new Request("http://api.test/trpc/setup.status"));
  expect(response.status).toBe(503);
  expect(response.headers.get("retry-after")).toBe("1");
  expect(await codeOf(response)).toBe("store-busy");
});

it("tells nothing of a defect but the request id, and reports it", async () => {
  unexpected.length = 0;
  const defect = new Error("select secret from somewhere");
  const request = { id: "req_2", address: null, userAgent: null };
  const broken = handlerOf(async () => {
    const ctx = test.as({ kind: "anonymous" }, { request });
    const fail = () => {
      throw defect;
    };
    return { ...ctx, db: { ...ctx.db, reader: { ...ctx.db.reader, select: fail } } };
  });
  const response = await broken(new Request("http://api.test/trpc/setup.status"));
  expect(response.status).toBe(500);
  const body = await bodyOf(response);
  expect(body).toContain('"code":"internal","requestId":"req_2"');
  expect(body).not.toMatch(/select|stack|somewhere/);
  expect(unexpected).toEqual([{ err: defect, where: { path: "setup.status", requestId: "req_2" } }]);
});
