import { ServiceError } from "@switchboard/core/errors";
import { openRecordStore } from "@switchboard/core/services/auth-state/open-record-store";
import type { TestContext } from "@switchboard/core/testing/test-context";
import { acquireLease, releaseLease, renewLease } from "@switchboard/db/queries/custody";
import {
  drainLease,
  extendLease,
  isAbandoned,
  readCustody,
  reserveBot,
  revokeCustody,
  unfreezeCustody,
} from "@switchboard/db/queries/custody-control";
import { type BotId, bots, custody } from "@switchboard/db/schema";
import { and, eq, sql } from "drizzle-orm";
import fc from "fast-check";
import { expect } from "vitest";
import { CHAIN_ID, CHAIN_TYPE } from "./chain.ts";
import {
  type CustodyModel,
  DRAIN_MS,
  HOLDERS,
  LIFE_MS_MAX,
  type ModelHolder,
  type ModelLease,
  TTL_MS,
} from "./custody-model.ts";

/** The row under test. */
export interface CustodySystem {
  readonly test: TestContext;
  readonly botId: BotId;
}

type Command = fc.AsyncCommand<CustodyModel, CustodySystem>;

const MINUTE_MS = 60_000;

/** Everything that can be done to a custody row, by anybody who ever held it, in any order. */
export const custodyCommands = (size: number) =>
  fc.commands(
    [
      fc.constantFrom(...HOLDERS).map(acquire),
      fc.nat().map((pick) => withLease("renew", pick, renew)),
      fc.nat().map((pick) => withLease("commit", pick, commit)),
      fc.nat().map((pick) => withLease("commit", 2 * pick, commit)),
      fc.tuple(fc.nat(), fc.boolean()).map(([pick, isClean]) => withLease("release", pick, release(isClean))),
      fc.tuple(fc.nat(), fc.constantFrom("workers", "key_a")).map(([pick, to]) => withLease("drain", pick, drain(to))),
      fc
        .tuple(fc.nat(), fc.constantFrom(["key_a"], ["key_b", "key_a"]))
        .map(([pick, ids]) => withLease("extend", pick, extend(ids))),
      fc.constantFrom("workers", "key_a").map(reserve),
      fc.constantFrom("workers", "key_a").map(assign),
      fc.constant(reclaim),
      fc.boolean().map(revoke),
      fc.constant(unfreeze),
      // No step ends on an instant that the rules compare with: what the commands themselves take does not matter.
      fc.constantFrom(2, 60, 1_441).map(advance),
    ],
    { maxCommands: size, size: "max" },
  );

const acquire = (holder: ModelHolder): Command => ({
  check: () => true,
  toString: () => `acquire by ${holder.id}`,
  run: async (model, system) => {
    const { test, botId } = system;
    const leaseId = `lse_${model.granted.length}`;
    const lifeMsMax = holder.kind === "key" ? LIFE_MS_MAX : null;
    const wish = { botId, holderKind: holder.kind, holderId: holder.id, leaseId, ttlMs: TTL_MS, lifeMsMax };
    const isFree = model.mayAcquire(holder);
    const wasClean = model.isClean;
    const row = await test.db.write((tx) => acquireLease(tx, wish));
    expect(row !== null).toBe(isFree);
    if (row) {
      expect(row.wasClean).toBe(wasClean);
      model.acquire({ leaseId, epoch: row.epoch, holder });
    }
    await compare(model, system);
  },
});

/** Acts under some lease that was granted once: mostly one that is over. */
const withLease = (
  name: string,
  pick: number,
  run: (model: CustodyModel, system: CustodySystem, lease: ModelLease) => Promise<void>,
): Command => ({
  check: (model) => model.granted.length > 0,
  toString: () => `${name} under lease ${pick}`,
  run: async (model, system) => {
    // Even numbers are the newest lease, so that the way of one holder is long enough to be worth watching.
    const lease = pick % 2 === 0 ? model.granted.at(-1) : model.granted[pick % model.granted.length];
    if (lease) await run(model, system, lease);
    await compare(model, system);
  },
});

const nameOf = ({ leaseId, epoch }: ModelLease, { botId }: CustodySystem) => ({ botId, leaseId, epoch });

async function renew(model: CustodyModel, system: CustodySystem, lease: ModelLease): Promise<void> {
  const [rows] = await system.test.db.writeBatch((statements) => [
    renewLease(statements, nameOf(lease, system), TTL_MS),
  ]);
  expect(rows.length === 1).toBe(model.renew(lease));
}

async function commit(model: CustodyModel, system: CustodySystem, lease: ModelLease): Promise<void> {
  const ctx = system.test.as({ kind: "system", name: "model" });
  const store = openRecordStore(ctx, nameOf(lease, system), model.revision);
  const records = [{ type: CHAIN_TYPE, id: CHAIN_ID, value: `${lease.epoch}` }];
  const result = await store.commit({ records, creds: null }).then(
    () => true,
    (err: unknown) => err instanceof ServiceError && err.code === "stale-epoch" && "refused",
  );
  expect(result).toBe(model.commit(lease) || "refused");
}

const release = (isClean: boolean) => async (model: CustodyModel, system: CustodySystem, lease: ModelLease) => {
  const row = await system.test.db.write((tx) => releaseLease(tx, nameOf(lease, system), isClean));
  expect(row !== null).toBe(model.release(lease, isClean));
};

const drain = (to: string) => async (model: CustodyModel, system: CustodySystem, lease: ModelLease) => {
  const row = await system.test.db.write((tx) => drainLease(tx, nameOf(lease, system), { to, drainMs: DRAIN_MS }));
  expect(row !== null).toBe(model.drain(lease, to));
};

/** Asked by the first of the keys; the others are those it follows. */
const extend = (keyIds: readonly string[]) => async (model: CustodyModel, system: CustodySystem, lease: ModelLease) => {
  const holder = HOLDERS.find(({ id }) => id === keyIds[0]);
  if (!holder) throw new Error("no such key");
  const wish = { lease: nameOf(lease, system), keyIds, keyId: holder.id, ttlMs: TTL_MS, lifeMsMax: LIFE_MS_MAX };
  const row = await system.test.db.write((tx) => extendLease(tx, wish));
  expect(row !== null).toBe(model.extend(lease, holder, keyIds));
};

const reserve = (to: string): Command => ({
  check: () => true,
  toString: () => `reserve for ${to}`,
  run: async (model, system) => {
    const row = await system.test.db.write((tx) => reserveBot(tx, system.botId, to));
    expect(row !== null).toBe(model.reserve(to));
    await compare(model, system);
  },
});

const assign = (to: string): Command => ({
  check: () => true,
  toString: () => `assign to ${to}`,
  run: async (model, { test, botId }) => {
    await test.db.write((tx) => tx.update(bots).set({ assignedTo: to }).where(eq(bots.id, botId)));
    model.assignedTo = to;
  },
});

const reclaim: Command = {
  check: () => true,
  toString: () => "reclaim",
  run: async (model, { test, botId }) => {
    const found = await readCustody(test.db.reader, and(eq(bots.id, botId), isAbandoned(null)));
    expect(found.length === 1).toBe(model.isAbandoned);
    if (found.length === 0) return;
    await test.db.write((tx) => tx.update(bots).set({ assignedTo: "workers" }).where(eq(bots.id, botId)));
    model.assignedTo = "workers";
  },
};

const revoke = (isFrozen: boolean): Command => ({
  check: () => true,
  toString: () => (isFrozen ? "freeze" : "revoke"),
  run: async (model, system) => {
    const { test, botId } = system;
    const row = await test.db.write((tx) => revokeCustody(tx, { botId, epoch: model.epoch }, isFrozen));
    expect(row).not.toBeNull();
    model.revoke(isFrozen);
    await compare(model, system);
  },
});

const unfreeze: Command = {
  check: () => true,
  toString: () => "unfreeze",
  run: async (model, system) => {
    await system.test.db.write((tx) => unfreezeCustody(tx, system.botId));
    model.unfreeze();
    await compare(model, system);
  },
};

/** Lets time pass: every instant of the row lies so much further back. */
const advance = (minutes: number): Command => ({
  check: () => true,
  toString: () => `${minutes} minutes pass`,
  run: async (model, { test, botId }) => {
    const byMs = minutes * MINUTE_MS;
    model.nowMs += byMs;
    const earlier = (column: Parameters<typeof sql>[1]) => sql`${column} - ${byMs}`;
    await test.db.write((tx) =>
      tx
        .update(custody)
        .set({
          expiresAtMs: earlier(custody.expiresAtMs),
          maxExpiresAtMs: earlier(custody.maxExpiresAtMs),
          notBeforeMs: earlier(custody.notBeforeMs),
          reservedUntilMs: earlier(custody.reservedUntilMs),
        })
        .where(eq(custody.botId, botId)),
    );
  },
});

async function compare(model: CustodyModel, { test, botId }: CustodySystem): Promise<void> {
  const [row] = await test.db.reader.select().from(custody).where(eq(custody.botId, botId));
  expect(row).toMatchObject({
    epoch: model.epoch,
    state: model.state,
    leaseId: model.lease?.leaseId ?? null,
    holderId: model.lease?.holder.id ?? null,
    authRevision: model.revision,
    isClean: model.isClean,
    handoverTo: model.handoverTo,
  });
}
