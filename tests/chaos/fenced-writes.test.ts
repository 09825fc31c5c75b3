import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomBytes, toBase64Url } from "@switchboard/core/crypto/bytes";
import { MASTER_KEY_BYTES } from "@switchboard/core/crypto/master-key";
import { openRecordStore } from "@switchboard/core/services/auth-state/open-record-store";
import { addBot, addTeam } from "@switchboard/core/testing/factories";
import { createFakeClock } from "@switchboard/core/testing/fake-clock";
import { createTestContext } from "@switchboard/core/testing/test-context";
import { custody } from "@switchboard/db/schema";
import { createTestDatabase } from "@switchboard/db/testing";
import { eq, sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { type FinalState, findViolations, readCounter } from "./chain.ts";
import { type ChaosHistory, runChaos } from "./holders.ts";
import { readChaosSize } from "./size.ts";

const { seed, factor, timeoutMs } = readChaosSize();
const ACKNOWLEDGED_MIN = 300 * factor;
/** Numbers between two disturbances. */
const PACE = 16;

describe("holders that are killed and stopped while they write", () => {
  it(
    `lose nothing that was acknowledged, tear nothing, and never write over each other (seed ${seed})`,
    async () => {
      const { history, end } = await fight({ isFenced: true, acknowledgedMin: ACKNOWLEDGED_MIN });
      process.stdout.write(`${describeHistory(history, end)}\n`);
      expect(findViolations(history.acknowledged, end)).toEqual([]);
      expect(history.refused).toBeGreaterThan(0);
      expect(Math.min(history.kills, history.stops)).toBeGreaterThan(0);
    },
    timeoutMs,
  );

  it(
    "fork the session as soon as the epoch is not compared: the fence is needed, and this test can see it",
    async () => {
      const { history, end } = await fight({ isFenced: false, acknowledgedMin: 150 });
      expect(findViolations(history.acknowledged, end)).toContainEqual(expect.stringMatching(/^fork/));
    },
    timeoutMs,
  );
});

async function fight(options: { isFenced: boolean; acknowledgedMin: number }) {
  const { database, url, dispose } = await createTestDatabase();
  const masterKey = randomBytes(MASTER_KEY_BYTES);
  const test = await createTestContext({}, { database, url, clock: createFakeClock(), masterKey, dispose });
  const folder = await mkdtemp(join(tmpdir(), "switchboard-chaos-"));
  try {
    const botId = await addBot(test, await addTeam(test));
    const order = { url, masterKey: toBase64Url(masterKey), botId, isFenced: options.isFenced };
    const plan = { seed, holders: 3, acknowledgedMin: options.acknowledgedMin, pace: PACE };
    const history = await runChaos(order, folder, plan);
    return { history, end: await readEnd() };

    async function readEnd(): Promise<FinalState> {
      const [row] = await test.db.reader.select().from(custody).where(eq(custody.botId, botId));
      if (!row) throw new Error("there is no custody row");
      const store = openRecordStore(
        test.as({ kind: "system", name: "test" }),
        { botId, epoch: row.epoch, leaseId: row.leaseId ?? "" },
        row.authRevision,
      );
      const [checked] = await test.db.reader.all<{ integrity_check: string }>(sql`pragma integrity_check`);
      expect(checked?.integrity_check).toBe("ok");
      const creds: { counter?: number } = JSON.parse((await store.readCreds()) ?? "{}");
      return { counter: await readCounter(store), credsCounter: creds.counter ?? 0, revision: row.authRevision };
    }
  } finally {
    await test.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

function describeHistory({ acknowledged, kills, stops, refused }: ChaosHistory, end: FinalState): string {
  return `${acknowledged.flat().length} acknowledged of ${end.counter} stored, ${kills} kills, ${stops} stops, ${refused} refused`;
}
