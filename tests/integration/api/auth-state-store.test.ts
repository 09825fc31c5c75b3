import { authRecords, dataKeys } from "@switchboard/db/schema";
import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Owner } from "./support/credentials.ts";
import { createHolderApp, type HeldSession, holdSession, withName } from "./support/held-session.ts";
import type { InterruptibleDatabase } from "./support/interruptible.ts";
import { itReplacesParts } from "./support/runtime.ts";
import type { TestApp } from "./support/test-app.ts";

let app: TestApp;
let owner: Owner;
let interruptible: InterruptibleDatabase;
let held: HeldSession;
beforeAll(async () => {
  ({ app, owner, interruptible } = await createHolderApp());
});
afterAll(() => app.dispose());
beforeEach(async () => {
  held = await holdSession(app, owner);
});

describe("a batch the store fails at", () => {
  const failAt = async (table: string, work: () => Promise<void>) => {
    const trigger = sql.raw(`create trigger fault before insert on ${table} begin select raise(abort, 'fault'); end`);
    await app.test.db.write((tx) => tx.run(trigger));
    await work().finally(() => app.test.db.write((tx) => tx.run(sql`drop trigger fault`)));
  };

  it.each(["auth_records", "auth_batches"])(
    "in %s leaves nothing behind, and is written when it is repeated",
    async (table) => {
      await held.batch(1, withName("44"));
      const before = await held.revisionNow();
      const creds = { ...held.credentials, accountSyncCounter: 9 };
      await failAt(table, async () => {
        const answer = await held.batch(2, { creds, ...withName("42") });
        expect(answer.status).toBeGreaterThanOrEqual(500);
        expect(await held.revisionNow()).toBe(before);
        expect(await held.nameNow()).toBe("44");
      });
      expect(await held.batch(2, { creds, ...withName("42") })).toMatchObject({
        status: 200,
        body: { revision: before + 1 },
      });
      expect((await held.read({ creds: true })).body.creds).toEqual(creds);
    },
  );
});

describe("the memory of batches", () => {
  it("keeps the last thousand of the present holder and none of those before", async () => {
    await held.batch(1, withName("1"));
    const next = await held.holdAgain();
    const { botId, epoch } = next.lease;
    await app.test.db.write(async (tx) => {
      await tx.run(sql`with recursive counted(n) as (select 1 union all select n + 1 from counted where n < 1500)
        insert into auth_batches select ${botId}, ${epoch}, n, x'00', n, 0 from counted`);
    });
    expect(await next.batch(1_501, withName("2"))).toMatchObject({ status: 200 });
    const kept = (await next.rememberedBatches()).map(({ sequence }) => sequence).toSorted((a, b) => a - b);
    expect([kept.length, kept.at(0), kept.at(-1)]).toEqual([1_000, 502, 1_501]);
    expect(await held.rememberedBatches()).toEqual([]);
    expect(await next.batch(400, withName("3"))).toMatchObject({ status: 409, body: { expectedSeq: 1_502 } });
  });
});

describe("the data key", () => {
  const keysOf = () => app.test.db.reader.select().from(dataKeys).where(eq(dataKeys.botId, held.botId));

  it("counts each record that is sealed under it, with the batch", async () => {
    const [before] = await keysOf();
    await held.batch(1, { set: { "lid-mapping": { "1": "2", "3": "4", "5": null } } });
    const [after] = await keysOf();
    expect((after?.uses ?? 0) - (before?.uses ?? 0)).toBe(2);
    await held.batch(1, { set: { "lid-mapping": { "1": "2", "3": "4", "5": null } } });
    expect(await keysOf()).toEqual([after]);
  });

  itReplacesParts("that is retired while a batch is sealed gets no record any more: the next one does", async () => {
    await held.batch(1, withName("1"));
    const [old] = await keysOf();
    if (!old) throw new Error("the bot has no data key");
    const { keyring } = app.test.as(owner.user);
    const wrapped = await keyring.master.current.wrap(crypto.getRandomValues(new Uint8Array(32)), [
      "data-key",
      held.botId,
      "2",
    ]);
    interruptible.interrupt(() =>
      app.test.db.write(async (tx) => {
        await tx.update(dataKeys).set({ retiredAtMs: 1 }).where(eq(dataKeys.botId, held.botId));
        await tx.insert(dataKeys).values({ ...old, id: 2, wrapped, uses: 0 });
      }),
    );
    expect(await held.batch(2, withName("2"))).toMatchObject({ status: 200 });
    const rows = await app.test.db.reader.select().from(authRecords).where(eq(authRecords.botId, held.botId));
    expect(rows.find(({ type }) => type === "lid-mapping")?.dataKeyId).toBe(2);
    expect(await held.nameNow()).toBe("2");
  });
});
