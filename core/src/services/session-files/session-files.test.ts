import { LOCK_DELAY_MS } from "@switchboard/db/queries/custody";
import { audit, authRecords, type BotId, bots, custody, events } from "@switchboard/db/schema";
import { and, desc, eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Actor, ServiceContext } from "../../context.ts";
import { eventsOf } from "../../testing/calls.ts";
import { addBot, addPerson, addTeam, apiKeyActor, holdBot } from "../../testing/factories.ts";
import { addKeyActor, letPass, takeByWorker, takeLease } from "../../testing/leases.ts";
import { linkBot } from "../../testing/linked-bot.ts";
import { sessionFilesOf } from "../../testing/session-files.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { openRecordStore } from "../auth-state/open-record-store.ts";
import { exportSession } from "./export-session.ts";
import { importSession } from "./import-session.ts";

const PHONE = "34600000000";

let test: TestContext;
let owner: Extract<Actor, { kind: "user" }>;
let ctx: ServiceContext;
let botId: BotId;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());
beforeEach(async () => {
  owner = await addTeam(test);
  ctx = test.as(owner);
  botId = await addBot(test, owner);
});

const files = (changes: Readonly<Record<string, unknown>> = {}) => ({ ...sessionFilesOf(PHONE), ...changes });
const bring = (given = files(), force = false, id: string = botId) =>
  importSession(ctx, { botId: id, files: given, force });
const take = async (id: BotId = botId) => exportSession(ctx, { botId: id, confirm: (await botRow(id))?.name ?? "" });

async function botRow(id: BotId = botId) {
  const [row] = await test.db.reader.select().from(bots).where(eq(bots.id, id));
  return row;
}

async function custodyRow() {
  const [row] = await test.db.reader.select().from(custody).where(eq(custody.botId, botId));
  return row;
}

const records = () => test.db.reader.select().from(authRecords).where(eq(authRecords.botId, botId));

function creds(changes: Readonly<Record<string, unknown>>) {
  const known = sessionFilesOf(PHONE)["creds.json"];
  return { "creds.json": { ...(typeof known === "object" ? known : {}), ...changes } };
}

const OWN_SENDER_KEY = "sender-key-34600000001-1600000000@g.us--34600000000--7.json";

/** Files with a conversation that is open, and the bot's own key of a group. */
function stale(): Record<string, unknown> {
  const base64 = btoa("x".repeat(32));
  const entry = {
    currentRatchet: {
      ephemeralKeyPair: { pubKey: base64, privKey: base64 },
      lastRemoteEphemeralKey: base64,
      previousCounter: 0,
      rootKey: base64,
    },
    indexInfo: { baseKey: base64, baseKeyType: 1, closed: -1, remoteIdentityKey: base64 },
    _chains: { [base64]: { chainKey: { counter: 3, key: base64 }, chainType: 1, messageKeys: {} } },
  };
  const own = [{ senderKeyId: 1, senderSigningKey: { private: { type: "Buffer", data: base64 } } }];
  return files({
    "session-34600000001.0.json": { version: "v1", _sessions: { base: entry } },
    [OWN_SENDER_KEY]: { type: "Buffer", data: btoa(JSON.stringify(own)) },
  });
}

async function defectsOf(given: Record<string, unknown>): Promise<string[]> {
  const err = await bring(given).catch((refusal: unknown) => refusal);
  expect(err).toMatchObject({ code: "validation-failed" });
  expect(await records()).toEqual([]);
  expect((await botRow())?.isLinked).toBe(false);
  const { errors } = (err as { details: { errors: { path: string; message: string }[] } }).details;
  return errors.map(({ path, message }) => `${path} ${message}`);
}

describe("an import", () => {
  it("makes the bot the linked device, and the next holder recover it before it sends", async () => {
    const imported = await bring();
    expect(imported).toEqual({ botId, phoneNumber: PHONE, keys: 12, revision: 1, replaced: false });
    expect(await botRow()).toMatchObject({
      isLinked: true,
      phoneNumber: PHONE,
      lid: "123456789",
      pushName: "Front desk",
      state: "stopped",
    });
    expect(await custodyRow()).toMatchObject({
      state: "free",
      holderId: null,
      epoch: 1,
      isClean: false,
      authRevision: 1,
    });
    expect(await records()).toHaveLength(13);
  });

  it("is in the audit, without a number or a key, and told as a change of the bot", async () => {
    await bring();
    const [row] = await test.db.reader.select().from(audit).where(eq(audit.botId, botId)).orderBy(desc(audit.sequence));
    expect(row).toMatchObject({ action: "session.import", detail: { keys: 12, revision: 1, replaced: false } });
    const told = await test.db.reader
      .select()
      .from(events)
      .where(and(eq(events.botId, botId), eq(events.type, "bot.state")));
    expect(told.at(-1)?.data).toMatchObject({ linked: true, phoneNumber: PHONE });
  });

  it("comes out again as it came in", async () => {
    await bring();
    expect((await take()).files).toEqual(files());
    expect(JSON.stringify((await take()).files["creds.json"])).toBe(JSON.stringify(files()["creds.json"]));
  });

  it("leaves nothing of the session before it", async () => {
    await bring(files({ "pre-key-29.json": files()["pre-key-30.json"] }));
    await bring(files(), true);
    expect(Object.keys((await take()).files)).not.toContain("pre-key-29.json");
    expect(await records()).toHaveLength(11);
  });

  it("fences whoever held the bot before: what they still write is refused", async () => {
    const lease = await holdBot(test, botId);
    await test.db.write((tx) =>
      tx
        .update(custody)
        .set({ state: "free", holderKind: null, holderId: null, leaseId: null })
        .where(eq(custody.botId, botId)),
    );
    await bring();
    const late = openRecordStore(ctx, lease, 1).commit({ records: [], creds: "{}" });
    await expect(late).rejects.toMatchObject({ code: "stale-epoch" });
  });

  it("gives the workers a bot whose microservice let its lease run out", async () => {
    await bring();
    await takeLease(test, await addKeyActor(test, owner), botId, { ttlSeconds: 30 });
    await letPass(test, botId, 30_000 + LOCK_DELAY_MS);
    await bring(files(), true);
    expect(await botRow()).toMatchObject({ assignedTo: "workers", state: "stopped" });
    expect(await takeByWorker(test, botId)).toMatchObject({ wasClean: false });
    expect(await eventsOf(test, botId, "lease.expired")).toHaveLength(1);
  });

  it("is refused while somebody holds the bot, and while it is frozen", async () => {
    await holdBot(test, botId);
    // Leases are judged by the database's own clock.
    const expiresAtMs = Date.now() + 60_000;
    await test.db.write((tx) => tx.update(custody).set({ expiresAtMs }).where(eq(custody.botId, botId)));
    await expect(bring()).rejects.toMatchObject({ code: "lease-held" });
    await test.db.write((tx) => tx.update(custody).set({ state: "frozen" }).where(eq(custody.botId, botId)));
    await expect(bring()).rejects.toMatchObject({ code: "bot-frozen" });
    expect(await records()).toEqual([]);
  });

  it("of another device replaces nothing unless it is forced", async () => {
    await bring();
    const other = files(creds({ me: { id: "34600000009:1@s.whatsapp.net" } }));
    await expect(bring(other)).rejects.toMatchObject({ code: "already-paired" });
    expect((await botRow())?.phoneNumber).toBe(PHONE);
    expect(await bring(other, true)).toMatchObject({ replaced: true, phoneNumber: "34600000009" });
    expect(await botRow()).toMatchObject({ phoneNumber: "34600000009", lid: null, pushName: null });
  });

  it("of the same device replaces nothing unless it is forced, whichever state is the newer one", async () => {
    await bring();
    for (const nextPreKeyId of [30, 31, 32])
      await expect(bring(files(creds({ nextPreKeyId })))).rejects.toMatchObject({ code: "conflict" });
    expect((await custodyRow())?.authRevision).toBe(1);
    expect(await bring(files(), true)).toMatchObject({ revision: 2, replaced: true, keys: 10 });
  });

  it("that replaces a session sends on no chain that sent before, and makes pre-keys under new ids", async () => {
    await bring(stale());
    await bring(stale(), true);
    const { files: stored } = await take();
    expect(stored["session-34600000001.0.json"]).toMatchObject({
      _sessions: { base: { indexInfo: { closed: test.clock.nowMs() } } },
    });
    expect(Object.keys(stored)).not.toContain(OWN_SENDER_KEY);
    expect(Object.keys(stored)).toContain("sender-key-34600000001-1600000000@g.us--34600000002--0.json");
    expect((stored["creds.json"] as { nextPreKeyId: number }).nextPreKeyId).toBeGreaterThan(10_000);
  });

  it("is taken for an old copy where the bot had a session that is forgotten by now, and where it is forced", async () => {
    await test.db.write((tx) => tx.update(custody).set({ authRevision: 9 }).where(eq(custody.botId, botId)));
    await bring(stale());
    expect(Object.keys((await take()).files)).not.toContain(OWN_SENDER_KEY);
    botId = await addBot(test, owner);
    const other = creds({ me: { id: "34600000009:1@s.whatsapp.net" } });
    await bring({ ...stale(), ...other }, true);
    expect(Object.keys((await take()).files)).not.toContain(OWN_SENDER_KEY);
  });

  it("that replaces a session is refused with a key that no client can read", async () => {
    await bring();
    const broken = files({ [OWN_SENDER_KEY]: { type: "Buffer", data: btoa("no JSON") } });
    const err = await bring(broken, true).catch((refusal: unknown) => refusal);
    expect(err).toMatchObject({
      code: "validation-failed",
      details: { errors: [{ path: `files.${OWN_SENDER_KEY}` }] },
    });
    expect((await custodyRow())?.authRevision).toBe(1);
  });

  it("of a device that another bot of the team is, is refused even when it is forced", async () => {
    await bring();
    const twin = await addBot(test, owner);
    await expect(bring(files(), true, twin)).rejects.toMatchObject({ code: "conflict", details: { extra: { botId } } });
    const stranger = await addTeam(test);
    const theirs = await addBot(test, stranger);
    const done = importSession(test.as(stranger), { botId: theirs, files: files(), force: false });
    await expect(done).resolves.toMatchObject({ replaced: false });
  });

  it("is for owners and admins who gave their password lately", async () => {
    const asked = (actor: Actor) => importSession(test.as(actor), { botId, files: files(), force: false });
    const key = apiKeyActor(owner.teamId, ["bots:write", "session:plain"]);
    await expect(asked(key)).rejects.toMatchObject({ code: "forbidden" });
    await expect(asked({ ...owner, confirmedAtMs: 0 })).rejects.toMatchObject({ code: "confirmation-required" });
    await expect(asked(await addPerson(test, owner.teamId, "operator"))).rejects.toMatchObject({
      code: "scope-missing",
    });
    await expect(asked(await addTeam(test))).rejects.toMatchObject({ code: "not-found" });
    await expect(asked(await addPerson(test, owner.teamId, "admin"))).resolves.toMatchObject({ replaced: false });
  });
});

describe("a directory that is no session", () => {
  const key = (data: string) => ({ type: "Buffer", data });
  const cases: readonly [name: string, changes: Record<string, unknown>, says: RegExp][] = [
    ["has a file nobody knows", { "store.json": {} }, /^files\.store\.json Is no file that Baileys/],
    ["has a key of an id nobody makes", { "pre-key-x.json": {} }, /^files\.pre-key-x\.json Is no file/],
    ["has a key of another form", { "device-list-1.json": {} }, /^files\.device-list-1\.json Must be a list/],
    ["has an empty file", { "session-1.0.json": null }, /^files\.session-1\.0\.json Must be an object/],
    [
      "has a pre-key whose halves do not belong together",
      { "pre-key-30.json": { ...pairOf("signedIdentityKey"), public: pairOf("noiseKey").public } },
      /^files\.pre-key-30\.json Has a public key that is not its private key's/,
    ],
    [
      "is of a device that was never linked",
      creds({ me: undefined }),
      /^files\.creds\.json Is of a device that was never/,
    ],
    ["is of a device that was not linked to the end", creds({ account: undefined }), /never linked, or not to the end/],
    ["lacks a credential", creds({ noiseKey: undefined }), /^files\.creds\.json NoiseKey must be an object/],
    [
      "has an identity whose halves do not belong together",
      creds({ signedIdentityKey: { ...pairOf("signedIdentityKey"), public: pairOf("noiseKey").public } }),
      /signedIdentityKey|SignedIdentityKey has a public key/,
    ],
    [
      "has a signed pre-key of another identity",
      creds({ signedIdentityKey: pairOf("noiseKey") }),
      /^files\.creds\.json SignedPreKey was not signed by signedIdentityKey/,
    ],
    ["has bytes that are none", creds({ routingInfo: key("?") }), /base64/],
    ["has an account of another form", creds({ account: { details: 1 } }), /account/i],
  ];

  it.each(cases)("because it %s, is refused whole", async (_name, changes, says) => {
    expect(await defectsOf(files(changes))).toContainEqual(expect.stringMatching(says));
  });

  it("without credentials is refused, and every file that is wrong is named", async () => {
    const { "creds.json": _, ...rest } = files({ "a.json": 1, "b.json": 2 });
    expect(await defectsOf(rest)).toMatchObject(
      [/creds\.json/, /a\.json/, /b\.json/].map((one) => expect.stringMatching(one)),
    );
  });

  it("is told of its keys and numbers nothing but the names of the files", async () => {
    const wrong = files(creds({ signedPreKey: { ...pairOf("noiseKey"), canary: "CANARY" } }));
    expect((await defectsOf(wrong)).join()).not.toContain("CANARY");
  });
});

describe("an export", () => {
  it("is a disclosure, in audit and events, each time", async () => {
    await bring();
    const { notice } = await take();
    expect(notice).toContain("Do not connect");
    await take();
    const isDisclosure = and(eq(audit.botId, botId), eq(audit.action, "session.disclose"));
    const rows = await test.db.reader.select().from(audit).where(isDisclosure);
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({ actorId: owner.userId, detail: { form: "export", revision: 1 } });
    const told = await test.db.reader.select().from(events).where(eq(events.type, "session.disclosed"));
    expect(told.filter((event) => event.botId === botId)).toHaveLength(2);
  });

  it("needs the bot's name, a person, a recent password and a session", async () => {
    await expect(take()).rejects.toMatchObject({ code: "not-paired" });
    await linkBot(test, botId);
    const name = (await botRow())?.name ?? "";
    const asked = (actor: Actor, confirm = name) => exportSession(test.as(actor), { botId, confirm });
    await expect(asked(owner, "other")).rejects.toMatchObject({ code: "confirm-mismatch" });
    await expect(asked({ ...owner, confirmedAtMs: 0 })).rejects.toMatchObject({ code: "confirmation-required" });
    const key = apiKeyActor(owner.teamId, ["session:read", "session:plain"]);
    await expect(asked(key)).rejects.toMatchObject({ code: "forbidden" });
    await expect(asked(await addPerson(test, owner.teamId, "viewer"))).rejects.toMatchObject({ code: "scope-missing" });
    await expect(asked(await addTeam(test))).rejects.toMatchObject({ code: "not-found" });
    const rows = await test.db.reader.select().from(audit).where(eq(audit.action, "session.disclose"));
    expect(rows.filter((row) => row.botId === botId)).toEqual([]);
  });
});

function pairOf(name: string): Record<string, unknown> {
  return JSON.parse(JSON.stringify(sessionFilesOf(PHONE)["creds.json"]))[name];
}
