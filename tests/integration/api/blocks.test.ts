import { addBot } from "@switchboard/core/testing/factories";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addKey, addOwner, type Owner } from "./support/credentials.ts";
import { itMovesTime } from "./support/runtime.ts";
import { createTestApp, type TestApp } from "./support/test-app.ts";

const DAY_MS = 86_400_000;

let app: TestApp;
let owner: Owner;
let key: string;
let bot: string;
let number = 0;
beforeAll(async () => {
  app = await createTestApp();
  owner = await addOwner(app.test);
  key = (await addKey(app.test, owner, ["blocking:read", "blocking:write"])).secret;
  bot = `/api/bots/${await addBot(app.test, owner.user)}`;
});
afterAll(() => app.dispose());

const newNumber = () => `34610${String(++number).padStart(6, "0")}`;
const block = (json: object) => app.request(`${bot}/blocked-contacts`, { key, json });
const allow = (json: object) => app.request(`${bot}/allowed-contacts`, { key, json });
const lift = (id: string, json?: object) =>
  app.request(`${bot}/blocked-contacts/${id}`, { method: "DELETE", key, ...(json ? { json } : {}) });

describe("a block", () => {
  it("is made, found, listed, lifted as history, and restored with its own end", async () => {
    const phoneNumber = newNumber();
    const made = await block({ phoneNumber: `+${phoneNumber}`, type: "temporary", hours: 48, reason: "rude" });
    expect(made).toMatchObject({ status: 201, body: { phoneNumber, active: true, origin: "api", reason: "rude" } });
    const path = made.headers.get("location") ?? "";
    expect((await app.request(path, { key })).body).toEqual(made.body);
    expect(await lift(made.body.id)).toMatchObject({ status: 200, body: { active: false, endCause: "lifted" } });
    expect((await lift(made.body.id, { reason: "again" })).status).toBe(200);
    const ended = await app.request(`${bot}/blocked-contacts?status=ended&search=${phoneNumber}`, { key });
    expect(ended.body.items).toHaveLength(1);
    expect(ended.body.filters).toEqual({ limit: 50, status: "ended", search: phoneNumber });
    const restored = await app.request(`${path}/restore`, { method: "POST", key });
    expect(restored).toMatchObject({ status: 200, body: { active: true, expiresAt: made.body.expiresAt } });
  });

  it("that lasts at least as long is answered with 200, and nothing is added", async () => {
    const phoneNumber = newNumber();
    const first = await block({ phoneNumber, type: "permanent" });
    const second = await block({ phoneNumber, hours: 1 });
    expect(second).toMatchObject({ status: 200, body: { id: first.body.id, type: "permanent" } });
  });

  itMovesTime("ends by itself, and then cannot be restored", async () => {
    const { body } = await block({ phoneNumber: newNumber(), hours: 24 });
    app.test.clock.advanceMs(DAY_MS);
    const path = `${bot}/blocked-contacts/${body.id}`;
    expect((await app.request(path, { key })).body).toMatchObject({ active: false, endCause: "expired" });
    const restored = await app.request(`${path}/restore`, { method: "POST", key });
    expect(restored).toMatchObject({ status: 409, body: { code: "conflict" } });
  });

  it.each([
    [{}, "phoneNumber"],
    [{ phoneNumber: "34600000001", lid: "123456" }, "phoneNumber"],
    [{ phoneNumber: "34600000001", hours: 0 }, "hours"],
    [{ phoneNumber: "34600000001", hours: 8_761 }, "hours"],
    [{ phoneNumber: "34600000001", colour: "red" }, "colour"],
    [{ phoneNumber: "12" }, "phoneNumber"],
  ])("is not made of %j", async (json, path) => {
    expect(await block(json)).toMatchObject({ status: 422, body: { errors: [{ path }] } });
  });

  it.each(["GET", "DELETE", "POST"])("there is not is 404 for %s, whatever its id looks like", async (method) => {
    const suffix = method === "POST" ? "/restore" : "";
    for (const id of ["blk_x", "blk_01jnzyt6g0zzzzzzzzzzzzzzzz", "%20"])
      expect((await app.request(`${bot}/blocked-contacts/${id}${suffix}`, { method, key })).status).toBe(404);
  });
});

describe("an allow", () => {
  it("is made, listed, and removed", async () => {
    const phoneNumber = newNumber();
    const made = await allow({ phoneNumber, note: "courier" });
    expect(made).toMatchObject({ status: 200, body: { phoneNumber, note: "courier", active: true } });
    const list = await app.request(`${bot}/allowed-contacts?search=courier`, { key });
    expect(list.body.items).toEqual([made.body]);
    const remove = () => app.request(`${bot}/allowed-contacts/${made.body.id}`, { method: "DELETE", key });
    expect([(await remove()).status, (await remove()).status]).toEqual([204, 404]);
  });

  it("and a block by hand stand in each other's way, unless forced", async () => {
    const phoneNumber = newNumber();
    await block({ phoneNumber, type: "permanent" });
    expect(await allow({ phoneNumber })).toMatchObject({ status: 409, body: { code: "block-conflict" } });
    expect((await allow({ phoneNumber, force: true })).status).toBe(200);
    expect(await block({ phoneNumber })).toMatchObject({ status: 409, body: { code: "allow-conflict" } });
    expect((await block({ phoneNumber, force: true })).status).toBe(201);
  });
});
