import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestContext, type TestContext } from "../../testing/test-context.ts";
import { createPointLeases, type PointLeases, type Quota } from "./point-leases.ts";

let test: TestContext;
beforeAll(async () => {
  test = await createTestContext();
});
afterAll(() => test.dispose());

let serial = 0;
const quotaOf = (limit: number, policy = "default"): Quota => ({
  policy,
  key: `${policy}:${++serial}`,
  limit,
  windowSeconds: 60,
});

/** A process of its own: its leases, its connection, and how often it asked the database. */
async function openProcess() {
  const db = await test.openAgain();
  let statements = 0;
  const counting: typeof db = {
    ...db,
    get reader() {
      return db.reader;
    },
    writeBatch: (build) => {
      statements += 1;
      return db.writeBatch(build);
    },
  };
  const leases: PointLeases = createPointLeases();
  const ctx = { db: counting, clock: test.clock };
  return {
    statements: () => statements,
    take: (quotas: readonly Quota[], cost?: number) => leases.take(ctx, quotas, cost),
    passes: async (quota: Quota) => (await leases.take(ctx, [quota])).violated.length === 0,
  };
}

const passed = (outcomes: readonly boolean[]) => outcomes.filter(Boolean).length;

describe("points taken in advance", () => {
  it.each([1, 2, 9, 10, 11, 100])(
    "let exactly %i requests of one process pass, and tell what is left",
    async (limit) => {
      const process = await openProcess();
      const quota = quotaOf(limit);
      for (let taken = 1; taken <= limit; taken++)
        expect(await process.take([quota])).toEqual({
          states: [{ policy: "default", limit, windowSeconds: 60, remaining: limit - taken, resetSeconds: 60 }],
          violated: [],
        });
      expect(await process.take([quota])).toMatchObject({ states: [{ remaining: 0 }], violated: ["default"] });
    },
  );

  it("ask the database for one request in ten or less, and for none that is refused", async () => {
    const process = await openProcess();
    const quota = quotaOf(600);
    for (let taken = 0; taken < 300; taken++) await process.passes(quota);
    expect(process.statements()).toBeLessThanOrEqual(30);
    while (await process.passes(quota));
    const before = process.statements();
    for (let refused = 0; refused < 50; refused++) expect(await process.passes(quota)).toBe(false);
    expect(process.statements()).toBe(before);
  });

  it("of two processes together are never more than the limit, whatever comes at once", async () => {
    const processes = [await openProcess(), await openProcess()];
    for (const limit of [1, 7, 40, 100]) {
      const quota = quotaOf(limit);
      const asked = Array.from({ length: limit * 2 }, (_, index) => processes[index % 2]?.passes(quota) ?? false);
      const atOnce = passed(await Promise.all(asked));
      const after = passed(await Promise.all(processes.map((process) => process.passes(quota))));
      expect(atOnce + after).toBeLessThanOrEqual(limit);
      expect(atOnce + after).toBeGreaterThanOrEqual(Math.floor(limit * 0.9));
    }
  });

  it("of one process are all used when requests come at once", async () => {
    const process = await openProcess();
    const quota = quotaOf(50);
    expect(passed(await Promise.all(Array.from({ length: 80 }, () => process.passes(quota))))).toBe(50);
  });

  it("leave a tenth of the limit unused at most when another process goes quiet", async () => {
    const [quiet, busy] = [await openProcess(), await openProcess()];
    const quota = quotaOf(100);
    expect(await quiet.passes(quota)).toBe(true);
    let count = 1;
    while (await busy.passes(quota)) count += 1;
    expect(count).toBeGreaterThanOrEqual(90);
    expect(count).toBeLessThanOrEqual(100);
  });

  it("end with their window, and with a clock that is set back by more than one", async () => {
    const process = await openProcess();
    const quota = quotaOf(2);
    const use = async () => [await process.passes(quota), await process.passes(quota), await process.passes(quota)];
    expect(await use()).toEqual([true, true, false]);
    test.clock.advanceMs(59_999);
    expect(await process.passes(quota)).toBe(false);
    test.clock.advanceMs(1);
    expect(await use()).toEqual([true, true, false]);
    test.clock.advanceMs(-3_600_000);
    expect(await use()).toEqual([true, true, false]);
  });

  it("follow a limit that was changed", async () => {
    const process = await openProcess();
    const quota = quotaOf(2);
    while (await process.passes(quota));
    expect(await process.passes({ ...quota, limit: 4 })).toBe(true);
  });

  it("are taken of all quotas of a request in one statement, and the refusal names the one that is used up", async () => {
    const process = await openProcess();
    const [wide, narrow] = [quotaOf(5, "default"), quotaOf(1, "sessions")];
    const before = process.statements();
    expect((await process.take([wide, narrow])).violated).toEqual([]);
    expect(process.statements()).toBe(before + 1);
    expect((await process.take([wide, narrow])).violated).toEqual(["sessions"]);
    expect((await process.take([wide])).states[0]).toMatchObject({ policy: "default", remaining: 3 });
  });

  it("are as many as a request costs", async () => {
    const process = await openProcess();
    const quota = quotaOf(10);
    expect((await process.take([quota], 7)).states[0]?.remaining).toBe(3);
    expect((await process.take([quota], 4)).violated).toEqual(["default"]);
    expect((await process.take([quota], 3)).violated).toEqual([]);
  });
});
