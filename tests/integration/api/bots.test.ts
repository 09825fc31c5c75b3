import { addBot } from "@switchboard/core/testing/factories";
import { linkBot } from "@switchboard/core/testing/linked-bot";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addKey, addMemberToken, addOwner, type Owner } from "./support/credentials.ts";
import { nextMillisecond } from "./support/runtime.ts";
import { createTestApp, type TestApp } from "./support/test-app.ts";

let app: TestApp;
let owner: Owner;
let key: string;
beforeAll(async () => {
  app = await createTestApp();
  owner = await addOwner(app.test);
  key = (await addKey(app.test, owner, ["bots:read", "bots:write"])).secret;
});
afterAll(() => app.dispose());

const newBot = () => addBot(app.test, owner.user);

describe("bots", () => {
  it("are made stopped and unlinked, and found under the address the answer names", async () => {
    const made = await app.request("/api/bots", { key, json: { name: "Front desk", timeZone: "Europe/Madrid" } });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ state: "stopped", linked: false, timeZone: "Europe/Madrid", holder: null });
    const found = await app.request(made.headers.get("location") ?? "", { key });
    expect(found).toMatchObject({ status: 200, body: made.body });
  });

  it("refuses a name the team has", async () => {
    await app.request("/api/bots", { key, json: { name: "Twice" } });
    const second = await app.request("/api/bots", { key, json: { name: "Twice" } });
    expect(second).toMatchObject({ status: 409, body: { code: "conflict" } });
  });

  it("names every unknown and every bad field", async () => {
    const answer = await app.request("/api/bots", { key, json: { name: "", owner: "me", timeZone: "Mars/Base" } });
    expect(answer.status).toBe(422);
    const paths = answer.body.errors.map((error: { path: string }) => error.path);
    expect(paths.sort()).toEqual(["name", "owner", "timeZone"]);
  });

  it("are renamed, and a change of nothing is refused", async () => {
    const id = await newBot();
    const renamed = await app.request(`/api/bots/${id}`, { method: "PATCH", key, json: { name: "Night desk" } });
    expect(renamed).toMatchObject({ status: 200, body: { id, name: "Night desk" } });
    expect((await app.request(`/api/bots/${id}`, { method: "PATCH", key, json: {} })).status).toBe(422);
  });

  it("are deleted only with their name, and then for everybody", async () => {
    const id = await newBot();
    const { body } = await app.request(`/api/bots/${id}`, { key });
    const wrong = await app.request(`/api/bots/${id}`, { method: "DELETE", key, json: { confirm: "other" } });
    expect(wrong).toMatchObject({ status: 409, body: { code: "confirm-mismatch" } });
    const gone = await app.request(`/api/bots/${id}`, { method: "DELETE", key, json: { confirm: body.name } });
    expect(gone).toMatchObject({ status: 204, text: "" });
    expect((await app.request(`/api/bots/${id}`, { key })).status).toBe(404);
  });

  it.each(["start", "stop", "restart"])("takes the command %s and answers its id", async (command) => {
    const id = await newBot();
    const answer = await app.request(`/api/bots/${id}/${command}`, { method: "POST", key });
    expect(answer).toMatchObject({ status: 202, body: { commandId: expect.stringMatching(/^cmd_/) } });
    const bot = await app.request(`/api/bots/${id}`, { key });
    expect(bot.body.desiredState).toBe(command === "stop" ? "stopped" : "running");
  });

  it("logs out only what is linked", async () => {
    const id = await newBot();
    const path = `/api/bots/${id}/logout`;
    expect(await app.request(path, { method: "POST", key })).toMatchObject({
      status: 409,
      body: { code: "not-paired" },
    });
    await linkBot(app.test, id);
    expect((await app.request(path, { method: "POST", key })).status).toBe(202);
  });
});

describe("lists of bots", () => {
  it("go page by page, each bot once, and echo their filters", async () => {
    const mine = await addOwner(app.test);
    const ids: string[] = [];
    for (let count = 0; count < 5; count++) {
      await nextMillisecond(app.test.clock);
      ids.push(await addBot(app.test, mine.user));
    }
    const seen: string[] = [];
    let cursor = "";
    for (let page = 0; page < 3; page++) {
      const answer = await app.request(`/api/bots?limit=2&state=stopped${cursor}`, { bearer: mine.token });
      expect(answer.body.filters).toEqual({ limit: 2, state: "stopped" });
      seen.push(...answer.body.items.map((bot: { id: string }) => bot.id));
      cursor = `&cursor=${answer.body.nextCursor}`;
    }
    expect(seen).toEqual(ids);
    expect(cursor).toBe("&cursor=null");
  });

  it.each(["limit=0", "limit=201", "limit=x", "cursor=%00", "state=happy", "colour=red"])(
    "refuse ?%s",
    async (query) => {
      expect((await app.request(`/api/bots?${query}`, { key })).status).toBe(422);
    },
  );

  it("hold only the bots a key is limited to", async () => {
    const [first] = [await newBot(), await newBot()];
    const limited = await addKey(app.test, owner, ["bots:read", "bots:write"], { botIds: [first] });
    const answer = await app.request("/api/bots", { key: limited.secret });
    expect(answer.body.items.map((bot: { id: string }) => bot.id)).toEqual([first]);
    expect((await app.request("/api/bots", { key: limited.secret, json: { name: "More" } })).status).toBe(403);
  });
});

describe("pairing", () => {
  it("is asked for, seen as waiting, and cancelled", async () => {
    const path = `/api/bots/${await newBot()}/pairing`;
    expect(await app.request(path, { key })).toMatchObject({ status: 200, body: { state: "idle" } });
    const asked = await app.request(path, { key, json: { method: "code", phoneNumber: "+34 600 000 000" } });
    expect(asked).toMatchObject({ status: 202, body: { state: "waiting", method: "code" } });
    expect((await app.request(path, { method: "DELETE", key })).status).toBe(204);
    expect((await app.request(path, { key })).body.state).toBe("idle");
  });

  it("needs a phone number for a code, and none for a QR", async () => {
    const path = `/api/bots/${await newBot()}/pairing`;
    expect((await app.request(path, { key, json: { method: "code" } })).status).toBe(422);
    expect((await app.request(path, { key, json: { method: "code", phoneNumber: "12345" } })).status).toBe(422);
    expect((await app.request(path, { key, json: { method: "qr", phoneNumber: "+34600000000" } })).status).toBe(422);
    expect((await app.request(path, { key, json: { method: "qr" } })).status).toBe(202);
  });

  it("is refused for a bot that is linked", async () => {
    const id = await newBot();
    await linkBot(app.test, id);
    const answer = await app.request(`/api/bots/${id}/pairing`, { key, json: { method: "qr" } });
    expect(answer).toMatchObject({ status: 409, body: { code: "already-paired" } });
  });
});

describe("who may", () => {
  it("a viewer reads bots and changes none", async () => {
    const bearer = await addMemberToken(app.test, owner, "viewer");
    const id = await newBot();
    expect((await app.request(`/api/bots/${id}`, { bearer })).status).toBe(200);
    const refused = await app.request(`/api/bots/${id}/start`, { method: "POST", bearer });
    expect(refused).toMatchObject({ status: 403, body: { code: "scope-missing", requiredScope: "bots:write" } });
    expect((await app.request(`/api/bots/${id}/pairing`, { bearer })).status).toBe(403);
  });
});
