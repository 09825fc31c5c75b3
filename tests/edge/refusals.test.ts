import { randomBytes } from "node:crypto";
import { addBot } from "@switchboard/core/testing/factories";
import { migrateDatabase } from "@switchboard/db/migrate";
import { bots } from "@switchboard/db/schema";
import { sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { addKey, addOwner } from "../integration/api/support/credentials.ts";
import { createTestApp, type TestApp } from "../integration/api/support/test-app.ts";
import { type Sqld, startSqld } from "../support/sqld.ts";
import { type RunningWorker, startWorker } from "./support/start-worker.ts";

const ENOUGH = { MASTER_KEY: randomBytes(32).toString("base64url"), PUBLIC_URL: "https://switchboard.example" };

let sqld: Sqld;
beforeAll(async () => {
  sqld = await startSqld();
  await migrateDatabase(sqld.httpUrl);
});
afterAll(() => sqld.stop());

let running: RunningWorker | null = null;
const lines: string[] = [];
afterEach(async () => {
  await stop();
  lines.length = 0;
});

async function stop(): Promise<void> {
  await running?.stop();
  running = null;
}

async function serve(bindings: Record<string, string>) {
  running = await startWorker(bindings, lines);
  const { url } = running;
  return async (path: string) => {
    const response = await fetch(new URL(path, url));
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
}

describe("a deployment that is wrong", () => {
  it.each([
    ["MASTER_KEY must be given", { ...ENOUGH, MASTER_KEY: "canary-too-short" }],
    ["DATABASE_URL must be a libSQL server", { ...ENOUGH, DATABASE_URL: "file:canary.db" }],
    ["PUBLIC_URL must be given", { MASTER_KEY: ENOUGH.MASTER_KEY }],
    ["PEER_ADDRESS_FIELD must be the name", { ...ENOUGH, PEER_ADDRESS_FIELD: "canary field" }],
    ["MASTER_KEY or MASTER_KEY_FILE, not both", { ...ENOUGH, MASTER_KEY_FILE: "/canary" }],
  ])("says to its log alone that %s", async (sentence, bindings) => {
    const ask = await serve({ DATABASE_URL: sqld.httpUrl, ...bindings });
    const answer = await ask("/api/bots");
    expect(answer.status).toBe(503);
    expect(JSON.parse(answer.text)).toMatchObject({ code: "unavailable", detail: expect.stringContaining("log") });
    expect(answer.text).not.toMatch(/MASTER_KEY|DATABASE_URL|PUBLIC_URL|canary/);
    expect(lines.join("\n")).toContain(sentence);
    expect(lines.join("\n")).not.toContain("canary");
  });

  it("serves nothing under another master key than the database was sealed under", async () => {
    const first = await serve({ ...ENOUGH, DATABASE_URL: sqld.httpUrl });
    expect((await first("/ready")).status).toBe(200);
    await stop();
    const other = randomBytes(32).toString("base64url");
    const ask = await serve({ ...ENOUGH, DATABASE_URL: sqld.httpUrl, MASTER_KEY: other });
    const answer = await ask("/api/bots");
    expect(answer.status).toBe(503);
    expect(lines.join("\n")).toContain("WrongMasterKeyError");
    expect(answer.text + lines.join("\n")).not.toContain(other);
  });
});

describe("a database that is away", () => {
  it("is 503 with a time to wait, and then it answers again", async () => {
    const own = await startSqld();
    await migrateDatabase(own.httpUrl);
    const ask = await serve({ ...ENOUGH, DATABASE_URL: own.httpUrl });
    expect((await ask("/ready")).status).toBe(200);
    await own.kill9();
    const away = await ask("/ready");
    expect(away.status).toBe(503);
    expect(JSON.parse(away.text)).toMatchObject({ code: "unavailable" });
    expect(Number(away.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await ask("/health")).status).toBe(200);
    await own.restart();
    expect((await ask("/ready")).status).toBe(200);
    await own.stop();
  });
});

describe("what goes wrong in the app", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp({ bindings: { PEER_ADDRESS_FIELD: "" } });
  });
  afterAll(() => app.dispose());

  it("believes no field about the address, unless it was told which the platform writes", async () => {
    const owner = await addOwner(app.test);
    await addBot(app.test, owner.user);
    const { secret } = await addKey(app.test, owner, ["bots:read"], { cidrs: ["192.0.2.0/24"] });
    const claims = ["x-forwarded-for", "cf-connecting-ip", "x-real-ip", "forwarded"];
    const headers = Object.fromEntries(claims.map((name) => [name, "192.0.2.1"]));
    const answer = await app.request("/api/bots", { key: secret, headers });
    expect(answer).toMatchObject({ status: 403, body: { code: "address-not-allowed" } });
  });

  it("is told in general words, without a stack, and logged under the request id", async () => {
    const owner = await addOwner(app.test);
    await app.test.db.write(async (tx) => {
      await tx.run(sql`alter table ${bots} rename to mislaid`);
    });
    const answer = await app.request("/api/bots", { bearer: owner.token });
    expect(answer).toMatchObject({ status: 500, body: { code: "internal" } });
    expect(answer.text).not.toMatch(/no such table|\bat \w|entry\.mjs|QueryFailed/);
    const line = app.logLines.find((text) => text.includes("unexpected error"));
    expect(line).toContain(answer.body.requestId);
    expect(line).toContain("entry.mjs");
  });
});
