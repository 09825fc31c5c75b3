import { personalTokens } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Actor } from "../../../context.ts";
import { addPerson, addTeam, apiKeyActor, justConfirmed } from "../../../testing/factories.ts";
import { auditOf } from "../../../testing/records.ts";
import { createTestContext, type TestContext } from "../../../testing/test-context.ts";
import { createApiKey } from "../api-keys/create-api-key.ts";
import { createApiKeySchema } from "../api-keys/schemas.ts";
import { authenticateCredential } from "../authenticate.ts";
import { createPersonalToken } from "./create-token.ts";
import { listPersonalTokens } from "./list-tokens.ts";
import { revokePersonalToken } from "./revoke-token.ts";
import { createTokenSchema, listPersonalTokensSchema } from "./schemas.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

type User = Extract<Actor, { kind: "user" }>;

let test: TestContext;
let owner: User;
let admin: User;
let viewer: User;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());
beforeEach(async () => {
  owner = await addTeam(test);
  admin = await addPerson(test, owner.teamId, "admin");
  viewer = await addPerson(test, owner.teamId, "viewer");
});

const as = (person: User) => test.as(justConfirmed(test, person));
const make = (person: User, changes: object = {}) =>
  createPersonalToken(as(person), createTokenSchema.parse({ name: "laptop", ...changes }));
const list = (actor: Actor, filters: object = {}) =>
  listPersonalTokens(test.as(actor), listPersonalTokensSchema.parse(filters));
const revoke = (actor: Actor, tokenId: string) => revokePersonalToken(test.as(actor), { tokenId });
const opens = (token: string, address: string | null = null) =>
  authenticateCredential(test.as({ kind: "anonymous" }, { request: { id: null, address, userAgent: "sb/1" } }), token);

describe("a personal access token", () => {
  it("acts as its maker in the team it was made in, whatever the maker's role", async () => {
    const { token, ...shown } = await make(viewer, { expiresInDays: 30 });
    expect(token.startsWith(`${shown.prefix}_`)).toBe(true);
    expect(shown).toMatchObject({ name: "laptop", status: "active", userId: viewer.userId, current: false });
    expect(Date.parse(shown.expiresAt) - Date.parse(shown.createdAt)).toBe(30 * DAY_MS);
    expect((await list(viewer)).items).toEqual([shown]);
    expect(await opens(token)).toMatchObject({ userId: viewer.userId, teamId: viewer.teamId, role: "viewer" });
  });

  it("is stored and told without its secret", async () => {
    const { id, token } = await make(viewer);
    const [row] = await test.db.reader.select().from(personalTokens).where(eq(personalTokens.id, id));
    const rows = await auditOf(test, id);
    expect(rows.map((entry) => entry.action)).toEqual(["personal-token.create"]);
    expect(JSON.stringify([row, rows, await list(viewer)])).not.toContain(token.slice(20));
  });

  it("shows where it was used last, noted once a minute", async () => {
    const { token } = await make(viewer);
    const noted = async () => (await list(viewer)).items[0];
    await opens(token, "192.0.2.1");
    test.clock.advanceMs(MINUTE_MS - 1);
    await opens(token, "192.0.2.2");
    expect(await noted()).toMatchObject({ lastUsedAddress: "192.0.2.1", lastUsedUserAgent: "sb/1" });
    test.clock.advanceMs(1);
    await opens(token, "192.0.2.3");
    const lastUsedAt = new Date(test.clock.nowMs()).toISOString();
    expect(await noted()).toMatchObject({ lastUsedAddress: "192.0.2.3", lastUsedAt });
  });

  it("knows itself in the list", async () => {
    const [first, second] = [await make(viewer), await make(viewer)];
    const actor = await opens(first.token);
    const { items } = await list(actor);
    expect(items.map(({ id, current }) => [id, current]).sort()).toEqual(
      [
        [first.id, true],
        [second.id, false],
      ].sort(),
    );
  });

  it("is made only with a recent password, and makes none when its own is old", async () => {
    const late = { ...viewer, confirmedAtMs: test.clock.nowMs() - 15 * MINUTE_MS };
    const wish = createTokenSchema.parse({ name: "x" });
    await expect(createPersonalToken(test.as(late), wish)).rejects.toMatchObject({ code: "confirmation-required" });
    const nearlyLate = { ...viewer, confirmedAtMs: test.clock.nowMs() - 14 * MINUTE_MS };
    const { token } = await createPersonalToken(test.as(nearlyLate), wish);
    test.clock.advanceMs(MINUTE_MS);
    const chained = createPersonalToken(test.as(await opens(token)), wish);
    await expect(chained).rejects.toMatchObject({ code: "confirmation-required" });
  });

  it.each([
    { name: "" },
    { name: "x", expiresInDays: 0 },
    { name: "x", expiresInDays: 366 },
    { name: "x", teamId: "t" },
  ])("is not made of %j", (wish) => {
    expect(createTokenSchema.safeParse(wish).success).toBe(false);
  });

  it("is nothing for an API key to make, see or end", async () => {
    const { id } = await make(owner);
    const key = apiKeyActor(owner.teamId, ["bots:read"]);
    const wish = createTokenSchema.parse({ name: "x" });
    await expect(createPersonalToken(test.as(key), wish)).rejects.toMatchObject({ code: "forbidden" });
    await expect(list(key)).rejects.toMatchObject({ code: "forbidden" });
    await expect(revoke(key, id)).rejects.toMatchObject({ code: "forbidden" });
  });

  it("with an old password makes no API key either", async () => {
    const { token } = await make(owner);
    test.clock.advanceMs(15 * MINUTE_MS);
    const wish = createApiKeySchema.parse({ name: "x", scopes: ["bots:read"] });
    const made = createApiKey(test.as(await opens(token)), wish);
    await expect(made).rejects.toMatchObject({ code: "confirmation-required" });
  });
});

describe("the tokens of others", () => {
  it("are an admin's to see, and nobody's of another team or below", async () => {
    const { id } = await make(viewer);
    expect((await list(admin, { userId: viewer.userId })).items.map((item) => item.id)).toEqual([id]);
    expect((await list(admin)).items).toEqual([]);
    await expect(list(viewer, { userId: admin.userId })).rejects.toMatchObject({ code: "forbidden" });
    const stranger = await addTeam(test);
    await expect(list(stranger, { userId: viewer.userId })).rejects.toMatchObject({ code: "not-found" });
    await expect(list(admin, { userId: "usr_x" })).rejects.toMatchObject({ code: "not-found" });
  });

  it("of the same person in another team are not shown, nor ended from here", async () => {
    const elsewhere = { ...viewer, teamId: (await addTeam(test)).teamId };
    const { id } = await make(viewer);
    expect((await list(elsewhere)).items).toEqual([]);
    await expect(revoke(elsewhere, id)).rejects.toMatchObject({ code: "not-found" });
  });

  it("are an admin's to end, but not an owner's token", async () => {
    const [ofViewer, ofOwner] = [await make(viewer), await make(owner)];
    expect(await revoke(admin, ofViewer.id)).toMatchObject({ status: "revoked", userId: viewer.userId });
    await expect(opens(ofViewer.token)).rejects.toMatchObject({ code: "unauthenticated" });
    await expect(revoke(admin, ofOwner.id)).rejects.toMatchObject({ code: "forbidden" });
    await expect(revoke(viewer, ofOwner.id)).rejects.toMatchObject({ code: "not-found" });
    await expect(revoke(await addTeam(test), ofOwner.id)).rejects.toMatchObject({ code: "not-found" });
    await expect(revoke(admin, "pat_x")).rejects.toMatchObject({ code: "not-found" });
    expect(await opens(ofOwner.token)).toMatchObject({ userId: owner.userId });
  });
});

describe("the end of one's own token", () => {
  it("holds from the next request, is noted once, and asks for no recent password", async () => {
    const { id, token } = await make(viewer);
    test.clock.advanceMs(MINUTE_MS * 60);
    const ended = await revoke(viewer, id);
    expect(ended).toMatchObject({ status: "revoked", revokedAt: new Date(test.clock.nowMs()).toISOString() });
    test.clock.advanceMs(1);
    expect(await revoke(viewer, id)).toEqual(ended);
    await expect(opens(token)).rejects.toMatchObject({ code: "unauthenticated" });
    const actions = (await auditOf(test, id)).map((row) => row.action);
    expect(actions).toEqual(["personal-token.create", "personal-token.revoke"]);
  });

  it("comes by itself, and is shown", async () => {
    const { token } = await make(viewer, { expiresInDays: 1 });
    test.clock.advanceMs(DAY_MS);
    await expect(opens(token)).rejects.toMatchObject({ code: "unauthenticated" });
    expect((await list(viewer)).items).toMatchObject([{ status: "expired" }]);
  });
});
