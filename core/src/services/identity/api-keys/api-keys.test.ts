import { apiKeys } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Actor } from "../../../context.ts";
import { addBot, addPerson, addTeam, apiKeyActor, justConfirmed } from "../../../testing/factories.ts";
import { auditOf, eventTypesOf } from "../../../testing/records.ts";
import { createTestContext, type TestContext } from "../../../testing/test-context.ts";
import { authenticateCredential } from "../authenticate.ts";
import { createApiKey } from "./create-api-key.ts";
import { getApiKey } from "./get-api-key.ts";
import { requireGrantable } from "./internal.ts";
import { listApiKeys } from "./list-api-keys.ts";
import { revokeApiKey } from "./revoke-api-key.ts";
import { createApiKeySchema, listApiKeysSchema } from "./schemas.ts";

const DAY_MS = 86_400_000;

let test: TestContext;
let owner: Extract<Actor, { kind: "user" }>;
beforeAll(async () => {
  test = await createTestContext();
  owner = await addTeam(test);
});
afterAll(() => test.dispose());

const nobody = () => test.as({ kind: "anonymous" });
const admin = () => test.as(justConfirmed(test, owner));
const wish = (changes: object = {}) => createApiKeySchema.parse({ name: "key", scopes: ["bots:read"], ...changes });
const query = (filters: object = {}) => listApiKeysSchema.parse(filters);
const keyRow = async (id: string) => (await test.db.reader.select().from(apiKeys).where(eq(apiKeys.id, id)))[0];

describe("an API key", () => {
  it("is stored as an HMAC only, and opens for its text", async () => {
    const { id, secret } = await createApiKey(admin(), wish());
    const row = await keyRow(id);
    expect(JSON.stringify(row)).not.toContain(secret.slice(21, 64));
    expect(row?.secretHmac).toHaveLength(32);
    expect(await authenticateCredential(nobody(), secret)).toMatchObject({
      kind: "api-key",
      keyId: id,
      scopes: ["bots:read"],
    });
  });

  it("is told to stream and audit at its making and its end, without its secret", async () => {
    const team = await addTeam(test);
    const { id, secret } = await createApiKey(test.as(team), wish());
    await revokeApiKey(test.as(team), { keyId: id });
    await revokeApiKey(test.as(team), { keyId: id });
    expect(await eventTypesOf(test, team.teamId)).toEqual(["key.created", "key.revoked"]);
    const rows = await auditOf(test, id);
    expect(rows.map((row) => row.action)).toEqual(["api-key.create", "api-key.revoke"]);
    expect(JSON.stringify(rows)).not.toContain(secret.slice(21));
  });

  it("is not accepted when somebody who can write rows but lacks the pepper planted it", async () => {
    const { secret } = await createApiKey(admin(), wish());
    const target = await createApiKey(admin(), wish());
    const other = await createTestContext();
    const stranger = await addTeam(other);
    const foreign = await createApiKey(other.as(stranger), wish());
    const [foreignRow] = await other.db.reader.select().from(apiKeys).where(eq(apiKeys.id, foreign.id));
    await test.db.write(async (tx) => {
      const planted = { publicId: foreignRow?.publicId ?? "", secretHmac: foreignRow?.secretHmac ?? Buffer.alloc(32) };
      await tx.update(apiKeys).set(planted).where(eq(apiKeys.id, target.id));
    });
    await expect(authenticateCredential(nobody(), foreign.secret)).rejects.toMatchObject({ code: "unauthenticated" });
    expect(await authenticateCredential(nobody(), secret)).toMatchObject({ kind: "api-key" });
    await other.dispose();
  });

  it("lives ninety days unless said otherwise, to the millisecond", async () => {
    const { secret } = await createApiKey(admin(), wish());
    test.clock.advanceMs(90 * DAY_MS - 1);
    expect(await authenticateCredential(nobody(), secret)).toMatchObject({ kind: "api-key" });
    test.clock.advanceMs(1);
    await expect(authenticateCredential(nobody(), secret)).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("notes its last use once a minute, from where", async () => {
    const { id, secret } = await createApiKey(admin(), wish());
    const from = (address: string) =>
      test.as({ kind: "anonymous" }, { request: { id: null, address, userAgent: "curl" } });
    await authenticateCredential(from("192.0.2.1"), secret);
    test.clock.advanceMs(59_999);
    await authenticateCredential(from("192.0.2.2"), secret);
    expect(await keyRow(id)).toMatchObject({ lastUsedAddress: "192.0.2.1" });
    test.clock.advanceMs(1);
    await authenticateCredential(from("192.0.2.3"), secret);
    expect(await getApiKey(admin(), { keyId: id })).toMatchObject({
      lastUsedAddress: "192.0.2.3",
      lastUsedUserAgent: "curl",
      lastUsedAt: new Date(test.clock.nowMs()).toISOString(),
    });
  });

  it("limited to addresses opens for none that is not told", async () => {
    const { secret } = await createApiKey(admin(), wish({ cidrs: ["192.0.2.0/24"] }));
    await expect(authenticateCredential(nobody(), secret)).rejects.toMatchObject({ code: "address-not-allowed" });
  });

  it("is of no other team to see, to end, or to limit to its bots", async () => {
    const stranger = await addTeam(test);
    const { id } = await createApiKey(admin(), wish());
    const { items } = await listApiKeys(test.as(stranger), query());
    expect(items).toEqual([]);
    await expect(getApiKey(test.as(stranger), { keyId: id })).rejects.toMatchObject({ code: "not-found" });
    await expect(getApiKey(admin(), { keyId: "key_x" })).rejects.toMatchObject({ code: "not-found" });
    await expect(revokeApiKey(test.as(stranger), { keyId: id })).rejects.toMatchObject({ code: "not-found" });
    const botIds = [await addBot(test, stranger), await addBot(test, owner)];
    await expect(createApiKey(admin(), wish({ botIds }))).rejects.toMatchObject({
      code: "validation-failed",
      details: { errors: [{ path: "botIds.0" }] },
    });
  });

  it("is nothing an operator, a viewer or another key may make or see", async () => {
    const actors: Actor[] = [
      await addPerson(test, owner.teamId, "operator"),
      await addPerson(test, owner.teamId, "viewer"),
      apiKeyActor(owner.teamId, ["bots:write"]),
    ];
    const { id: keyId } = await createApiKey(admin(), wish());
    for (const actor of actors) {
      await expect(createApiKey(test.as(actor), wish())).rejects.toMatchObject({ code: "forbidden" });
      await expect(listApiKeys(test.as(actor), query())).rejects.toMatchObject({ code: "forbidden" });
      await expect(getApiKey(test.as(actor), { keyId })).rejects.toMatchObject({ code: "forbidden" });
      await expect(revokeApiKey(test.as(actor), { keyId })).rejects.toMatchObject({ code: "forbidden" });
    }
  });

  it("is made by who gave their password within a quarter of an hour, and revoked by who did not", async () => {
    const late = justConfirmed(test, owner);
    const { id } = await createApiKey(test.as(late), wish());
    test.clock.advanceMs(15 * 60_000 - 1);
    await createApiKey(test.as(late), wish());
    test.clock.advanceMs(1);
    await expect(createApiKey(test.as(late), wish())).rejects.toMatchObject({ code: "confirmation-required" });
    expect(await revokeApiKey(test.as(late), { keyId: id })).toMatchObject({ status: "revoked" });
  });

  it("gets no scope that its maker does not hold", async () => {
    const operator = await addPerson(test, owner.teamId, "operator");
    expect(() => requireGrantable(test.as(operator), ["calls:read"])).not.toThrow();
    const refusal = { code: "scope-missing", details: { extra: { requiredScope: "session:read" } } };
    expect(() => requireGrantable(test.as(operator), ["calls:read", "session:read"])).toThrow(
      expect.objectContaining(refusal),
    );
  });
});

describe("the list of keys", () => {
  it("is the newest first, page by page, and asks for its filters", async () => {
    const team = await addTeam(test);
    const as = () => test.as(justConfirmed(test, team));
    const [bot, other] = [await addBot(test, team), await addBot(test, team)];
    const make = async (name: string, changes: object = {}) => {
      test.clock.advanceMs(1);
      return (await createApiKey(as(), wish({ name, ...changes }))).id;
    };
    const everywhere = await make("Everywhere");
    const limited = await make("Limited", { botIds: [bot] });
    const ended = await make("Revoked one");
    await revokeApiKey(as(), { keyId: ended });
    const short = await make("Short", { expiresInDays: 1 });
    test.clock.advanceMs(DAY_MS);
    const idsOf = async (filters: object) => (await listApiKeys(as(), query(filters))).items.map((item) => item.id);
    expect(await idsOf({})).toEqual([short, ended, limited, everywhere]);
    expect(await idsOf({ status: "active" })).toEqual([limited, everywhere]);
    expect(await idsOf({ status: "revoked" })).toEqual([ended]);
    expect(await idsOf({ status: "expired" })).toEqual([short]);
    expect(await idsOf({ status: "disabled" })).toEqual([]);
    expect(await idsOf({ name: "ED" })).toEqual([ended, limited]);
    expect(await idsOf({ botId: bot, status: "active" })).toEqual([limited, everywhere]);
    expect(await idsOf({ botId: other, status: "active" })).toEqual([everywhere]);
    const first = await listApiKeys(as(), query({ limit: 3 }));
    const second = await listApiKeys(as(), query({ limit: 3, cursor: first.nextCursor }));
    expect([...first.items, ...second.items].map((item) => item.id)).toEqual([short, ended, limited, everywhere]);
    expect(second.nextCursor).toBeNull();
  });
});
