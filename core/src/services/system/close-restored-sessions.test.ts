import { authRecords, type BotId, custody } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Actor, ServiceContext } from "../../context.ts";
import { addBot, addTeam, justConfirmed } from "../../testing/factories.ts";
import { custodyRowsOf, takeByWorker } from "../../testing/leases.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { openRecordStore } from "../auth-state/open-record-store.ts";
import { readHeldAuthState } from "../auth-state/read-auth-state.ts";
import { freezeLease, unfreezeLease } from "../custody/freeze-lease.ts";
import { acquireForWorker, releaseForWorker } from "../custody/worker-leases.ts";
import { closeRestoredSessions } from "./close-restored-sessions.ts";
import { recoverAfterRestore } from "./recover-after-restore.ts";

const RECORDS = 1_100;

let test: TestContext;
let ctx: ServiceContext;
let owner: Extract<Actor, { kind: "user" }>;
let botId: BotId;
beforeEach(async () => {
  test = await createTestContext();
  ctx = test.as({ kind: "system", name: "maintenance" });
  owner = await addTeam(test);
  botId = await addBot(test, owner);
  const lease = await takeByWorker(test, botId);
  const records = Array.from({ length: RECORDS }, (_, index) => ({ type: "session", id: `${index}.0`, value: open }));
  const creds = JSON.stringify({ nextPreKeyId: 5 });
  await openRecordStore(ctx, lease, lease.authRevision).commit({ records, creds });
  await releaseForWorker(ctx, lease, true);
});
afterEach(() => test.dispose());

const session = (closed: number) => JSON.stringify({ _sessions: { a: { indexInfo: { closed } } }, version: "v1" });
const open = session(-1);
const recover = () => recoverAfterRestore(ctx, { madeAt: null, knownEpoch: 0, replacedAuditSequence: null });
const sessions = async () => {
  const { keys } = await readHeldAuthState(ctx, { botId, leaseId: "", epoch: 0 });
  return new Set(keys.get("session")?.values());
};
const row = async () => (await custodyRowsOf(test, botId)).custody;
/** Asks as a worker would once the lock-delay is over. */
async function tryWorker() {
  await test.db.write((tx) => tx.update(custody).set({ notBeforeMs: 0 }));
  return acquireForWorker(ctx, { botId, workerId: "wrk_a" });
}
/** A context whose atomic batches are counted; `before` runs before each. */
function watched(before: () => Promise<unknown> = async () => undefined) {
  const counts = { batches: 0, transactions: 0 };
  const db: ServiceContext["db"] = {
    ...ctx.db,
    write: (work) => {
      counts.transactions += 1;
      return ctx.db.write(work);
    },
    writeBatch: async (build) => {
      counts.batches += 1;
      await before();
      return ctx.db.writeBatch(build);
    },
  };
  return { ctx: { ...ctx, db }, counts };
}

it("Nobody is granted a restored bot before its session is safe to send from, also when it is unfrozen", async () => {
  await recover();
  expect(await tryWorker()).toBeNull();
  await test.db.write((tx) => tx.update(custody).set({ state: "free" }));
  expect(await tryWorker()).toBeNull();
  await recover();
  expect(await closeRestoredSessions(ctx)).toEqual({ closed: RECORDS, broken: 0 });
  expect(await sessions()).toEqual(new Set([session(test.clock.nowMs())]));
  expect(await tryWorker()).toMatchObject({ wasClean: false });
});

it("A restore that was ended in the middle is done again, and leaves frozen what was frozen", async () => {
  const other = await addBot(test, owner);
  await freezeLease(test.as(justConfirmed(test, owner)), { botId });
  await recover();
  await recover();
  await closeRestoredSessions(ctx);
  expect(await row()).toMatchObject({ state: "frozen", handoverTo: null, reservedUntilMs: null, leaseId: null });
  expect((await custodyRowsOf(test, other)).custody).toMatchObject({ state: "free", authRevision: 0 });
  await unfreezeLease(test.as(justConfirmed(test, owner)), { botId });
  expect(await tryWorker()).not.toBeNull();
});

it("Records are written in batches of a thousand, and not in transactions that wait for each of them", async () => {
  await recover();
  const { ctx: counted, counts } = watched();
  await closeRestoredSessions(counted);
  expect(counts.batches).toBe(3);
  expect(counts.transactions).toBeLessThanOrEqual(2);
  const rows = await test.db.reader.select().from(authRecords).where(eq(authRecords.botId, botId));
  expect(new Set(rows.map(({ version }) => version))).toEqual(new Set([2, 3]));
  expect((await row()).authRevision).toBe(3);
});

it.each([
  ["was granted to somebody", { epoch: 2 ** 50 }],
  ["was unfrozen", { state: "free" }],
  ["is being done by another restore", { leaseId: "lse_other" }],
  ["has another revision", { authRevision: 77 }],
] as const)("A bot that %s meanwhile is left as it is, and the restore says so", async (_why, change) => {
  await recover();
  const { ctx: disturbed } = watched(() => test.db.write((tx) => tx.update(custody).set(change)));
  await expect(closeRestoredSessions(disturbed)).rejects.toMatchObject({ code: "conflict" });
  expect(await sessions()).toEqual(new Set([open]));
  expect(await row()).toMatchObject(change);
});
