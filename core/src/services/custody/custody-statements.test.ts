import { type LeaseName, releaseLease } from "@switchboard/db/queries/custody";
import { drainLease, extendLease, renewKeyLease, revokeCustody } from "@switchboard/db/queries/custody-control";
import type { Transaction } from "@switchboard/db/types";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { addLeasable, custodyRowsOf, takeLease } from "../../testing/leases.ts";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { freezeLease } from "./freeze-lease.ts";

let test: TestContext;
let world: Awaited<ReturnType<typeof addLeasable>>;
let lease: LeaseName;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());
beforeEach(async () => {
  world = await addLeasable(test);
  const { leaseId, epoch } = await takeLease(test, world.key, world.botId);
  lease = { botId: world.botId, leaseId, epoch };
});

const statements: Readonly<Record<string, (tx: Transaction, lease: LeaseName) => Promise<unknown>>> = {
  renew: (tx, name) => renewKeyLease(tx, name, { ttlMs: 300_000, isStalled: false }),
  extend: (tx, name) => {
    const { keyId } = world.key;
    return extendLease(tx, { lease: name, keyIds: [keyId], keyId, ttlMs: 30_000, lifeMsMax: 90_000 });
  },
  drain: (tx, name) => drainLease(tx, name, { to: "workers", drainMs: 20_000 }),
  release: (tx, name) => releaseLease(tx, name, true),
};

describe.each(Object.entries(statements))("the statement to %s", (_name, run) => {
  it("changes nothing for another epoch, another lease id or another bot", async () => {
    const before = await custodyRowsOf(test, world.botId);
    const other = await addLeasable(test);
    const wrong = [
      { ...lease, epoch: lease.epoch - 1 },
      { ...lease, epoch: lease.epoch + 1 },
      { ...lease, leaseId: "lse_another" },
      { ...lease, botId: other.botId },
    ];
    for (const name of wrong) expect(await test.db.write((tx) => run(tx, name))).toBeNull();
    expect(await custodyRowsOf(test, world.botId)).toEqual(before);
    expect(await test.db.write((tx) => run(tx, lease))).not.toBeNull();
  });
});

describe("the statement to revoke", () => {
  it("leaves a frozen bot frozen, and raises the epoch all the same", async () => {
    await freezeLease(test.as(world.owner), { botId: world.botId });
    const seen = { botId: world.botId, epoch: lease.epoch + 1 };
    expect(await test.db.write((tx) => revokeCustody(tx, seen, false))).toMatchObject({
      state: "frozen",
      epoch: lease.epoch + 2,
    });
  });

  it("changes nothing where the epoch is another than was seen", async () => {
    const seen = { botId: world.botId, epoch: lease.epoch - 1 };
    expect(await test.db.write((tx) => revokeCustody(tx, seen, false))).toBeNull();
    expect((await custodyRowsOf(test, world.botId)).custody.epoch).toBe(lease.epoch);
  });
});
