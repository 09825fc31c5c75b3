import { newKeyPair } from "@switchboard/core/testing/auth-values";
import { authRecords, custody } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import fc from "fast-check";
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

describe("the epoch of a holder", () => {
  it("rises with each holder and each revocation, and what an older one sends is refused for good, with the present one", async () => {
    const before = held.lease.epoch;
    await held.batch(1, withName("1"));
    const next = await held.holdAgain();
    expect(next.lease.epoch).toBe(before + 1);
    const stale = { status: 409, body: { code: "stale-epoch", epoch: before + 1 } };
    expect(await held.batch(2, withName("2"))).toMatchObject(stale);
    expect(await held.batch(1, withName("1"))).toMatchObject(stale);
    expect(await held.read({ creds: true })).toMatchObject(stale);
    expect(await next.nameNow()).toBe("1");

    const revoke = { method: "POST", bearer: owner.token };
    expect((await app.request(`/api/bots/${held.botId}/session/lease/revoke`, revoke)).status).toBe(204);
    expect((await held.custodyRow()).epoch).toBe(before + 2);
    expect(await next.batch(1, withName("3"))).toMatchObject({ status: 409 });
    expect(await next.read({ creds: true })).toMatchObject({ status: 409 });
  });

  it("must be that of If-Match as well", async () => {
    const { epoch } = held.lease;
    expect(await held.batch(1, withName("1"), { ifMatch: `${epoch - 1}.*` })).toMatchObject({
      status: 409,
      body: { code: "stale-epoch", epoch },
    });
  });

  itReplacesParts("is compared in the write itself: a bot that is taken in between is not written to", async () => {
    const before = await held.revisionNow();
    interruptible.interrupt(() => held.holdAgain());
    expect(await held.batch(1, withName("41"))).toMatchObject({
      status: 409,
      body: { code: "stale-epoch", epoch: held.lease.epoch + 1 },
    });
    expect(await held.revisionNow()).toBe(before);
    expect(await (await held.holdAgain()).nameNow()).toBeUndefined();
  });

  it("of a frozen bot writes and reads nothing", async () => {
    const freeze = { method: "POST", bearer: owner.token };
    expect((await app.request(`/api/bots/${held.botId}/session/lease/freeze`, freeze)).status).toBe(204);
    const before = await held.revisionNow();
    expect((await held.batch(1, withName("1"))).status).toBe(409);
    expect((await held.read({ creds: true })).status).toBe(409);
    expect(await held.revisionNow()).toBe(before);
  });

  it("is still written for after the lease's end while nobody took the bot, and not read for", async () => {
    await held.changeCustody({ expiresAtMs: 1 });
    expect(await held.batch(1, withName("41"))).toMatchObject({ status: 200 });
    expect(await held.read({ creds: true })).toMatchObject({ status: 409, body: { code: "lease-lost" } });
    const next = await held.holdAgain();
    expect(await next.nameNow()).toBe("41");
    expect(await held.batch(2, withName("45"))).toMatchObject({ status: 409, body: { code: "stale-epoch" } });
  });

  it("is over with its release", async () => {
    await held.batch(1, withName("1"));
    const json = { finalRevision: await held.revisionNow(), clean: true };
    const path = `/api/bots/${held.botId}/session/lease`;
    expect((await app.request(path, { method: "DELETE", bearer: held.token, json })).status).toBe(204);
    const lost = { status: 409, body: { code: "lease-lost" } };
    expect(await held.batch(2, withName("2"))).toMatchObject(lost);
    expect(await held.batch(1, withName("1"))).toMatchObject(lost);
  });
});

describe("a batch", () => {
  it("raises the revision by one, whatever it holds", async () => {
    const before = await held.revisionNow();
    const creds = { ...held.credentials, accountSyncCounter: 1 };
    const pairs = Array.from({ length: 812 }, (_, id) => [`${id}`, newKeyPair()]);
    expect((await held.batch(1, { creds, set: { "pre-key": Object.fromEntries(pairs) } })).body.revision).toBe(
      before + 1,
    );
    const ids = pairs.map(([id]) => [id, null]);
    expect((await held.batch(2, { set: { "pre-key": Object.fromEntries(ids) } })).body.revision).toBe(before + 2);
    const left = await app.test.db.reader.select().from(authRecords).where(eq(authRecords.botId, held.botId));
    expect(left.map(({ type }) => type)).toEqual(["creds"]);
  });

  it("is applied once although it is sent again, in another order and after others", async () => {
    const content = { creds: held.credentials, set: { "pre-key": { "1": newKeyPair() }, "lid-mapping": { "1": "2" } } };
    const first = await held.batch(1, content);
    await held.batch(2, withName("42"));
    const turned = { set: { "lid-mapping": { "1": "2" }, "pre-key": content.set["pre-key"] }, creds: content.creds };
    const { epoch } = held.lease;
    for (const again of [content, turned])
      for (const ifMatch of [`${epoch}.*`, `${epoch}.${first.body.revision - 1}`])
        expect(await held.batch(1, again, { ifMatch })).toMatchObject({ status: 200, body: first.body });
    expect(await held.revisionNow()).toBe(first.body.revision + 1);
    expect(await held.nameNow()).toBe("42");
  });

  it("is refused under a number that another one has", async () => {
    await held.batch(1, withName("1"));
    expect(await held.batch(1, withName("2"))).toMatchObject({
      status: 422,
      body: { code: "idempotency-key-reused" },
    });
    expect(await held.nameNow()).toBe("1");
  });

  it.each([2, 7])("is refused before those in front of it: %i", async (seq) => {
    expect(await held.batch(seq, withName("43"))).toMatchObject({
      status: 409,
      body: { code: "conflict", expectedSeq: 1 },
    });
    expect(await held.nameNow()).toBeUndefined();
  });

  it("counts anew with each holder", async () => {
    await held.batch(1, withName("1"));
    await held.batch(2, withName("2"));
    const next = await held.holdAgain();
    expect(await next.batch(3, withName("3"))).toMatchObject({ status: 409, body: { expectedSeq: 1 } });
    expect(await next.batch(1, withName("3"))).toMatchObject({ status: 200 });
  });

  it("is written once when it is sent twenty times at once", async () => {
    const before = await held.revisionNow();
    // A slow machine answers some that it is busy, which clients answer with the same batch again.
    const send = async (): ReturnType<typeof held.batch> => {
      const answer = await held.batch(1, withName("1"));
      return answer.status === 503 ? send() : answer;
    };
    const answers = await Promise.all(Array.from({ length: 20 }, send));
    for (const answer of answers) expect(answer).toMatchObject({ status: 200, body: { revision: before + 1 } });
    expect(await held.rememberedBatches()).toHaveLength(1);
  });

  it("of one of two clients with the same token is written, and the other one is told", async () => {
    for (let seq = 1; seq <= 10; seq += 1) {
      const names = [`${seq}1`, `${seq}2`];
      const answers = await Promise.all(names.map((name) => held.batch(seq, withName(name))));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 422]);
      const winner = answers.findIndex(({ status }) => status === 200);
      expect(await held.nameNow()).toBe(names[winner]);
    }
  });

  it("that was acknowledged is there for another process, whole", async () => {
    const creds = { ...held.credentials, accountSyncCounter: 7 };
    await held.batch(1, { creds, ...withName("7") });
    const other = await app.test.openAgain();
    const rows = await other.reader.select().from(authRecords).where(eq(authRecords.botId, held.botId));
    const [row] = await other.reader.select().from(custody).where(eq(custody.botId, held.botId));
    expect(rows.map(({ version }) => version)).toEqual([row?.authRevision, row?.authRevision]);
  });
});

it("holds what was acknowledged, in its order, whatever several clients of one lease send at once", async () => {
  const sent = fc.record({ seq: fc.integer({ min: 1, max: 6 }), name: fc.integer({ min: 1, max: 3 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(sent, { maxLength: 4 }), { minLength: 1, maxLength: 6 }), async (rounds) => {
      const session = await held.holdAgain();
      const start = (await session.custodyRow()).authRevision;
      const written = new Map<number, string>();
      for (const round of rounds) {
        const answers = await Promise.all(
          round.map(async ({ seq, name }) => ({
            seq,
            name: `${name}`,
            answer: await session.batch(seq, withName(`${name}`)),
          })),
        );
        for (const { seq, name, answer } of answers) {
          expect([200, 409, 422]).toContain(answer.status);
          if (answer.status !== 200) continue;
          expect(answer.body.revision).toBe(start + seq);
          expect(written.get(seq) ?? name).toBe(name);
          written.set(seq, name);
        }
      }
      // Acknowledged are the first numbers without a gap, and the last of them is what is stored.
      expect([...written.keys()].toSorted()).toEqual(Array.from({ length: written.size }, (_, index) => index + 1));
      expect((await session.custodyRow()).authRevision).toBe(start + written.size);
      if (written.size > 0) expect(await session.nameNow()).toBe(written.get(written.size));
    }),
    { numRuns: 25 },
  );
});
