import { audit, authRecords, type BotId, botPairings, custody, dataKeys } from "@switchboard/db/schema";
import { and, asc, eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addBot, addTeam, holdBot, workerContext } from "../../testing/factories.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { openDataKeys } from "../auth-state/data-keys.ts";
import { openRecordStore } from "../auth-state/open-record-store.ts";
import { readHeldAuthState } from "../auth-state/read-auth-state.ts";
import { openPairingSecret, sealPairingSecret } from "../bots/pairing-secret.ts";
import { DATA_KEY_AGE_MAX_MS, DATA_KEY_USES_MAX, dueOf } from "./data-key-standing.ts";
import { rotateDataKey } from "./rotate-data-key.ts";
import { rotateDueDataKeys } from "./rotate-due-data-keys.ts";

let test: TestContext;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());

const maintenance = () => test.as({ kind: "system", name: "maintenance" });
const keysOf = (botId: BotId) =>
  test.db.reader.select().from(dataKeys).where(eq(dataKeys.botId, botId)).orderBy(asc(dataKeys.id));
const rowsOf = (botId: BotId) => test.db.reader.select().from(authRecords).where(eq(authRecords.botId, botId));

/** A bot with a session of `count` records; the worker that wrote it has let go unless it is to hold it. */
async function addSession(count: number, isHeld = false) {
  const botId = await addBot(test, await addTeam(test));
  const lease = await holdBot(test, botId);
  const store = openRecordStore(workerContext(test), lease, 0);
  const records = Array.from({ length: count }, (_, index) => ({
    type: "session",
    id: `3460000${index}.0`,
    value: `v${index}`,
  }));
  await store.commit({ creds: '{"me":1}', records });
  if (!isHeld) await letGo(botId);
  return { botId, lease, store };
}

const letGo = (botId: BotId) =>
  test.db.write(async (tx) => {
    await tx.update(custody).set({ state: "free", isClean: true }).where(eq(custody.botId, botId));
  });

describe("a new data key", () => {
  it("seals every record again without changing content, version or epoch, and the old key goes", async () => {
    const { botId, lease } = await addSession(120);
    const [before, stateBefore] = [await rowsOf(botId), await readHeldAuthState(workerContext(test), lease)];
    expect(await rotateDataKey(maintenance(), botId, "asked")).toMatchObject({
      newKeyId: 2,
      resealed: 121,
      broken: 0,
      deletedKeyIds: [1],
      keptKeyIds: [],
    });
    expect((await keysOf(botId)).map(({ id }) => id)).toEqual([2]);
    const after = await rowsOf(botId);
    expect(after.map(({ version, epoch }) => [version, epoch])).toEqual(
      before.map(({ version, epoch }) => [version, epoch]),
    );
    expect(new Set(after.map(({ dataKeyId }) => dataKeyId))).toEqual(new Set([2]));
    expect(await readHeldAuthState(workerContext(test), lease)).toEqual(stateBefore);
  });

  it("is used at once by a holder that had a block of the old one, and its commit is not lost", async () => {
    const { botId, lease, store } = await addSession(3, true);
    await rotateDataKey(maintenance(), botId, "asked");
    await store.commit({ creds: null, records: [{ type: "session", id: "34600000.0", value: "after" }] });
    await store.commit({ creds: null, records: [{ type: "pre-key", id: "9", value: "more" }] });
    const rows = await rowsOf(botId);
    expect(new Set(rows.map(({ dataKeyId }) => dataKeyId))).toEqual(new Set([2]));
    const state = await readHeldAuthState(workerContext(test), lease);
    expect(state.keys.get("session")?.get("34600000.0")).toBe("after");
    expect(state.revision).toBe(3);
  });

  it("leaves the old key to the holder of its time, whose files may be sealed under it, until another lease or a day", async () => {
    const { botId } = await addSession(3, true);
    const grantedAtMs = Date.now() - 60_000;
    await test.db.write(async (tx) => {
      await tx.update(custody).set({ grantedAtMs }).where(eq(custody.botId, botId));
    });
    expect(await rotateDataKey(maintenance(), botId, "asked")).toMatchObject({ deletedKeyIds: [], keptKeyIds: [1] });
    await test.db.write(async (tx) => {
      const retiredAtMs = Date.now() - 25 * 3_600_000;
      await tx
        .update(dataKeys)
        .set({ retiredAtMs })
        .where(and(eq(dataKeys.botId, botId), eq(dataKeys.id, 1)));
    });
    expect(await rotateDueDataKeys(maintenance())).toMatchObject({ rotated: 0, deletedKeys: 1 });
  });

  it("leaves what was altered under its key, and says so", async () => {
    const { botId } = await addSession(3);
    const [first] = await rowsOf(botId);
    const ciphertext = Uint8Array.from(first?.ciphertext ?? [], (byte, index) => (index === 20 ? byte ^ 1 : byte));
    await test.db.write(async (tx) => {
      await tx
        .update(authRecords)
        .set({ ciphertext })
        .where(and(eq(authRecords.botId, botId), eq(authRecords.recordKey, first?.recordKey ?? ciphertext)));
    });
    expect(await rotateDataKey(maintenance(), botId, "asked")).toMatchObject({
      newKeyId: 2,
      resealed: 3,
      broken: 1,
      keptKeyIds: [1],
    });
    expect(await rotateDataKey(maintenance(), botId, "asked")).toMatchObject({ newKeyId: 3, resealed: 3, broken: 1 });
  });

  it("goes on where an earlier call was ended, and begins no other", async () => {
    const { botId } = await addSession(120);
    let pages = 0;
    const shouldStop = () => ++pages > 1;
    const stopped = await rotateDataKey(maintenance(), botId, "asked", { shouldStop });
    expect(stopped).toMatchObject({ newKeyId: 2, isStopped: true });
    expect(stopped?.resealed).toBeLessThan(121);
    expect(await rotateDataKey(maintenance(), botId, "asked")).toMatchObject({ newKeyId: null, keptKeyIds: [] });
    expect((await keysOf(botId)).map(({ id }) => id)).toEqual([2]);
  });

  it("seals the code of a pairing in progress again", async () => {
    const { botId } = await addSession(1);
    const row = { botId, attemptId: "att_1" };
    const sealedSecret = await sealPairingSecret(openDataKeys(workerContext(test), botId), row, "ABCD-EFGH");
    await test.db.write(async (tx) => {
      const rest = { method: "code", state: "code", requestedBy: "user:x", updatedAtMs: 1 } as const;
      await tx.insert(botPairings).values({ ...row, ...rest, sealedSecret });
    });
    expect(await rotateDataKey(maintenance(), botId, "asked")).toMatchObject({ deletedKeyIds: [1] });
    const [after] = await test.db.reader.select().from(botPairings).where(eq(botPairings.botId, botId));
    const keys = openDataKeys(workerContext(test), botId);
    expect(await openPairingSecret(keys, { ...row, sealedSecret: after?.sealedSecret ?? null })).toBe("ABCD-EFGH");
  });

  it("is noted in the audit of the bot's team", async () => {
    const { botId } = await addSession(1);
    await rotateDataKey(maintenance(), botId, "age");
    const [row] = await test.db.reader
      .select()
      .from(audit)
      .where(eq(audit.objectId, botId))
      .orderBy(asc(audit.sequence));
    expect(row?.action).toBe("bot.create");
    const rows = await test.db.reader
      .select()
      .from(audit)
      .where(and(eq(audit.objectId, botId), eq(audit.action, "bot.rotate-data-key")));
    expect(rows).toMatchObject([
      { teamId: row?.teamId, actorId: "maintenance", detail: { keyId: 2, formerKeyId: 1, cause: "age" } },
    ]);
  });

  it("is nothing for a bot that never had one", async () => {
    expect(await rotateDataKey(maintenance(), await addBot(test, await addTeam(test)), "asked")).toBeNull();
  });
});

describe("the job", () => {
  it.each([
    [DATA_KEY_USES_MAX - 1, DATA_KEY_AGE_MAX_MS - 1, null],
    [DATA_KEY_USES_MAX, 0, "uses"],
    [0, DATA_KEY_AGE_MAX_MS, "age"],
  ])("takes a key of %i uses and %i ms as due: %s", (uses, ageMs, expected) => {
    expect(dueOf({ uses, createdAtMs: 1_000 }, 1_000 + ageMs)).toBe(expected);
  });

  it("replaces what is due and nothing else", async () => {
    const [due, other] = [await addSession(2), await addSession(2)];
    await test.db.write(async (tx) => {
      await tx.update(dataKeys).set({ uses: DATA_KEY_USES_MAX }).where(eq(dataKeys.botId, due.botId));
    });
    expect(await rotateDueDataKeys(maintenance())).toMatchObject({ rotated: 1, resealed: 3 });
    expect((await keysOf(due.botId)).map(({ id }) => id)).toEqual([2]);
    expect((await keysOf(other.botId)).map(({ id }) => id)).toEqual([1]);
  });
});
