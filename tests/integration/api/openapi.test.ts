import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import manifest from "../../../api/package.json" with { type: "json" };
import { describeApi } from "../../../api/src/openapi.ts";
import { restRoutes } from "../../../api/src/rest-routes.ts";
import { listOperations } from "./support/operations.ts";
import { createTestApp, type TestApp } from "./support/test-app.ts";

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.dispose());

const document = describeApi(manifest.version);
const operations = listOperations();

it("the stored document is the one the routes make", async () => {
  const stored = await readFile(new URL("../../../api/openapi.json", import.meta.url), "utf8");
  expect(JSON.parse(stored)).toEqual(JSON.parse(JSON.stringify(document)));
});

it("is served without a credential", async () => {
  const answer = await app.request("/api/openapi.json");
  expect(answer).toMatchObject({ status: 200, body: { openapi: "3.1.0", info: { version: "0.0.0-test" } } });
});

it("holds every route", () => {
  const routed = restRoutes().routes.filter(({ method }) => method !== "ALL");
  const names = new Set(routed.map(({ method, path }) => `${method.toLowerCase()} ${path.replace(/:(\w+)/g, "{$1}")}`));
  expect([...names].sort()).toEqual(operations.map(({ name }) => name).sort());
});

it.each(operations)("$name has a summary, says who may, and describes every refusal as a problem", ({ operation }) => {
  expect(operation.summary).toBeTruthy();
  expect(operation.security).toBeDefined();
  for (const [status, response] of Object.entries(operation.responses)) {
    const form = Number(status) >= 400 ? ["application/problem+json"] : expect.any(Array);
    if (Number(status) !== 204) expect(Object.keys(response.content ?? {})).toEqual(form);
  }
});

it.each(operations.filter(({ operation }) => operation.security?.length))(
  "$name is refused without a credential",
  async ({ method, path }) => {
    const answer = await app.request(path.replace(/\{\w+\}/g, "x"), { method: method.toUpperCase() });
    expect([401, 404]).toContain(answer.status);
    expect(answer.status === 404).toBe(path.startsWith("/api/system/cron"));
  },
);
