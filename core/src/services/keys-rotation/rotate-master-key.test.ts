import { dataKeys, wrappedSecrets } from "@switchboard/db/schema";
import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ServiceContext } from "../../context.ts";
import { randomBytes } from "../../crypto/bytes.ts";
import { type MasterKey, masterKeySet, openMasterKey, WrongMasterKeyError } from "../../crypto/master-key.ts";
import { addBot, addTeam } from "../../testing/factories.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { openDataKeys } from "../auth-state/data-keys.ts";
import { loadKeyring } from "../system/load-keyring.ts";
import { rotateDataKey } from "./rotate-data-key.ts";
import { countByMasterKey, rewrapUnderMasterKey } from "./rotate-master-key.ts";
import { WrapBrokenError } from "./wrapped-rows.ts";

let test: TestContext;
/** The key everything is under at first. */
let present: MasterKey;
beforeAll(async () => {
  test = await createTestContext();
  present = test.as({ kind: "system", name: "test" }).keyring.master.current;
});
afterAll(() => test.dispose());

/** A process that has the present key, and these. */
async function processWith(...others: readonly MasterKey[]): Promise<ServiceContext> {
  const keyring = await loadKeyring(test.db, masterKeySet(present, ...others), test.clock);
  return test.as({ kind: "system", name: "maintenance" }, { keyring });
}

/** The same process, where `before` happens just before its next transaction that comes after `skipped` others. */
function interrupted(ctx: ServiceContext, skipped: number, before: () => Promise<unknown>): ServiceContext {
  let writes = 0;
  const write: ServiceContext["db"]["write"] = async (work) => {
    if (writes++ === skipped) await before();
    return ctx.db.write(work);
  };
  return { ...ctx, db: { ...ctx.db, write } };
}

describe("nothing new comes under a key that is on its way out", () => {
  it.each([
    ["the first key of a bot", 1, 0],
    ["the next key of a bot", 0, 1],
  ])(
    "%s, wrapped a moment before the rotation began, is wrapped again before it is stored",
    async (_what, skipped, keys) => {
      const next = await openMasterKey(randomBytes(32));
      const ctx = await processWith(next);
      const botId = await addBot(test, await addTeam(test));
      if (keys > 0) await openDataKeys(ctx, botId).sealing(1);
      const raced = interrupted(ctx, skipped, () => rewrapUnderMasterKey(ctx, next));
      if (keys > 0) await rotateDataKey(raced, botId, "asked");
      else await openDataKeys(raced, botId).sealing(1);
      const rows = await test.db.reader.select().from(dataKeys).where(eq(dataKeys.botId, botId));
      expect(new Set(rows.map(({ masterKeyId }) => masterKeyId))).toEqual(new Set([next.id]));
      expect(await countByMasterKey(ctx)).toMatchObject([{ masterKeyId: next.id }]);
      present = next;
    },
  );

  it("a process that cannot get at the new key wraps nothing any more, and says why", async () => {
    const next = await openMasterKey(randomBytes(32));
    const old = await processWith();
    await rewrapUnderMasterKey(await processWith(next), next);
    const botId = await addBot(test, await addTeam(test));
    await expect(openDataKeys(old, botId).sealing(1)).rejects.toBeInstanceOf(WrongMasterKeyError);
    present = next;
  });
});

describe("a rotation", () => {
  it("is refused, and changes nothing, while a row does not open with the key it names", async () => {
    const next = await openMasterKey(randomBytes(32));
    const ctx = await processWith(next);
    const isRow = and(eq(wrappedSecrets.purpose, "erasure"), eq(wrappedSecrets.version, 1));
    const [row] = await test.db.reader.select().from(wrappedSecrets).where(isRow);
    if (!row) throw new Error("no such secret");
    const set = (wrapped: Uint8Array) =>
      test.db.write(async (tx) => {
        await tx.update(wrappedSecrets).set({ wrapped }).where(isRow);
      });
    await set(Uint8Array.from(row.wrapped, (byte, at) => (at === 20 ? byte ^ 1 : byte)));
    const failure = await rewrapUnderMasterKey(ctx, next).catch((err: unknown) => err);
    expect(failure).toBeInstanceOf(WrapBrokenError);
    expect(String(failure)).toContain("the erasure secret 1 of the installation");
    expect(await countByMasterKey(ctx)).toMatchObject([{ masterKeyId: present.id }]);
    await set(row.wrapped);
  });

  it("may be run twice at once: both come to the end, and each row is wrapped again once", async () => {
    const next = await openMasterKey(randomBytes(32));
    const ctx = await processWith(next);
    const [all] = await countByMasterKey(ctx);
    const results = await Promise.all([rewrapUnderMasterKey(ctx, next), rewrapUnderMasterKey(ctx, next)]);
    expect(results.every(({ isComplete }) => isComplete)).toBe(true);
    expect(results.reduce((sum, { rewrapped }) => sum + rewrapped, 0)).toBe(all?.rows);
    present = next;
  });
});
