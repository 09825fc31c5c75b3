import { sessionFilesBytesMax } from "@switchboard/core/services/session-files/schemas";
import { uniquePhoneNumber } from "@switchboard/core/testing/calls";
import { sessionFilesOf } from "@switchboard/core/testing/session-files";
import { custody } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createWorld, type World } from "./support/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.dispose());

const asOwner = (path: string, json?: Readonly<Record<string, unknown>>) =>
  world.app.request(path, {
    bearer: world.owner.token,
    ...(json === undefined ? {} : { method: "POST", json }),
  });
const bring = (botId: string, json: Readonly<Record<string, unknown>>) =>
  asOwner(`/api/bots/${botId}/session/import`, json);

/** A session with so many pre-keys that its body is larger than any other call may send. */
function largeSession(phoneNumber: string): Record<string, unknown> {
  const files = sessionFilesOf(phoneNumber);
  for (let id = 31; id <= 812; id++) files[`pre-key-${id}.json`] = files["pre-key-30.json"];
  return files;
}

describe("POST /api/bots/:botId/session/import", () => {
  it("takes a session that is larger than other bodies may be, and the bot is linked", async () => {
    const botId = await world.addBot();
    const phoneNumber = uniquePhoneNumber();
    const files = largeSession(phoneNumber);
    expect(JSON.stringify(files).length).toBeGreaterThan(64 * 1024);
    const answer = await bring(botId, { files });
    expect(answer).toMatchObject({
      status: 200,
      body: { botId, phoneNumber, keys: 794, revision: 1, replaced: false },
    });
    expect(answer.headers.get("cache-control")).toContain("no-store");
    expect((await asOwner(`/api/bots/${botId}`)).body).toMatchObject({ linked: true, phoneNumber, state: "stopped" });
  });

  it("refuses more than 16 MB before it reads them", async () => {
    const botId = await world.addBot();
    const answer = await bring(botId, { files: { "creds.json": "x".repeat(sessionFilesBytesMax) } });
    expect(answer).toMatchObject({ status: 413, body: { code: "too-large" } });
  });

  it("names every file that is wrong, and stores none", async () => {
    const botId = await world.addBot();
    const { "creds.json": _, ...files } = sessionFilesOf(uniquePhoneNumber());
    const answer = await bring(botId, { files: { ...files, "notes.json": {}, "device-list-1.json": {} } });
    expect(answer).toMatchObject({ status: 422, body: { code: "validation-failed" } });
    expect(answer.body.errors.map(({ path }: { path: string }) => path).sort()).toEqual([
      "files.creds.json",
      "files.device-list-1.json",
      "files.notes.json",
    ]);
    expect((await asOwner(`/api/bots/${botId}`)).body).toMatchObject({ linked: false });
  });

  it.each([{}, { files: [] }, { files: "x" }, { files: {}, other: 1 }, { files: {}, force: "yes" }])(
    "refuses a body that is none: %j",
    async (json) => {
      expect(await bring(await world.addBot(), json)).toMatchObject({ status: 422 });
    },
  );

  it("refuses a name that would replace a prototype, in a file's name and inside a file", async () => {
    const botId = await world.addBot();
    const headers = { "content-type": "application/json" };
    const send = (body: string) =>
      world.app.request(`/api/bots/${botId}/session/import`, { bearer: world.owner.token, headers, body });
    const files = JSON.stringify(sessionFilesOf(uniquePhoneNumber()));
    expect(await send(`{"files":${files.replace("{", '{"__proto__":{},')}}`)).toMatchObject({ status: 422 });
    expect(await send(`{"files":${files.replace('{"version":"v1"', '{"__proto__":{},"version":"v1"')}}`)).toMatchObject(
      {
        status: 422,
      },
    );
  });

  it("is refused while somebody holds the bot, and says who", async () => {
    const { botId } = await world.addHeldSession();
    const answer = await bring(botId, { files: sessionFilesOf(uniquePhoneNumber()), force: true });
    expect(answer).toMatchObject({ status: 409, body: { code: "lease-held", holder: { kind: "key" } } });
    expect(answer.headers.get("retry-after")).toMatch(/^\d+$/);
  });

  it("replaces another device's session only when it is forced", async () => {
    const botId = await world.addBot();
    await bring(botId, { files: sessionFilesOf(uniquePhoneNumber()) });
    const files = sessionFilesOf(uniquePhoneNumber());
    expect(await bring(botId, { files })).toMatchObject({ status: 409, body: { code: "already-paired" } });
    expect(await bring(botId, { files, force: true })).toMatchObject({ status: 200, body: { replaced: true } });
    const [row] = await world.app.test.db.reader
      .select()
      .from(custody)
      .where(eq(custody.botId, botId as never));
    expect(row).toMatchObject({ epoch: 2, authRevision: 2, state: "free", isClean: false });
  });
});

describe("POST /api/bots/:botId/session/export", () => {
  it("answers what was brought in, with a warning, and keeps it out of every cache", async () => {
    const botId = await world.addBot();
    const files = sessionFilesOf(uniquePhoneNumber());
    await bring(botId, { files });
    const { body: bot } = await asOwner(`/api/bots/${botId}`);
    const answer = await asOwner(`/api/bots/${botId}/session/export`, { confirm: bot.name });
    expect(answer).toMatchObject({ status: 200, body: { botId, files, revision: 1 } });
    expect(answer.body.notice).toMatch(/Do not connect/);
    expect(answer.headers.get("cache-control")).toContain("no-store");
    expect(answer.headers.get("ratelimit-policy")).toContain("session-files");
  });

  it("is counted among the disclosures, by its form", async () => {
    const before = await exported();
    const { botId } = world.linkedBot;
    const { body: bot } = await asOwner(`/api/bots/${botId}`);
    expect(await asOwner(`/api/bots/${botId}/session/export`, { confirm: bot.name })).toMatchObject({ status: 200 });
    expect(await asOwner(`/api/bots/${botId}/session/export`, { confirm: "x" })).toMatchObject({
      status: 409,
      body: { code: "confirm-mismatch" },
    });
    expect(await exported()).toBe(before + 1);
  });
});

/** How many rows of the audit tell of an export. */
async function exported(): Promise<number> {
  const { body } = await asOwner("/api/audit?action=session.disclose&limit=200");
  return body.items.filter(({ detail }: { detail: { form?: string } }) => detail.form === "export").length;
}
