import { noRequest, type ServiceContext } from "@switchboard/core/context";
import { randomBytes } from "@switchboard/core/crypto/bytes";
import { createIds } from "@switchboard/core/crypto/ids";
import { MASTER_KEY_BYTES, openMasterKey } from "@switchboard/core/crypto/master-key";
import { CHECKPOINT_ROWS } from "@switchboard/core/domain/audit-chain";
import { writeCheckpoint } from "@switchboard/core/services/audit/checkpoints";
import { verifyAudit } from "@switchboard/core/services/audit/verify-audit";
import { writeAudit } from "@switchboard/core/services/records";
import { loadKeyring } from "@switchboard/core/services/system/load-keyring";
import { testSettings } from "@switchboard/core/testing/test-context";
import { migrateDatabase } from "@switchboard/db/migrate";
import type { Database } from "@switchboard/db/types";
import { systemClock } from "@switchboard/host/clock";
import { sql } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PLACES, type Place } from "./openers.ts";

const WRITERS = 3;
const ROWS_EACH = 40;

describe.each(PLACES)("the audit's chain: $name", ({ create, open }) => {
  let place: Place;
  let databases: Database[];
  let base: Omit<ServiceContext, "db">;

  beforeEach(async () => {
    place = await create();
    await migrateDatabase(place.url);
    databases = await Promise.all(Array.from({ length: WRITERS }, () => open(place.url)));
    const master = await openMasterKey(randomBytes(MASTER_KEY_BYTES));
    const refuse = () => Promise.reject(new Error("nobody signs in here"));
    base = {
      clock: systemClock,
      ids: createIds(systemClock),
      keyring: await loadKeyring(one(), master, systemClock),
      passwords: { hash: refuse, verify: refuse, decoy: "", weaknessOf: refuse },
      settings: testSettings,
      actor: { kind: "system", name: "test" },
      request: noRequest,
    };
  });

  afterEach(async () => {
    await Promise.all(databases.map((db) => db.close()));
    await place.dispose();
  });

  function one(): Database {
    const [db] = databases;
    if (!db) throw new Error("nothing is open");
    return db;
  }

  const write = (db: Database) =>
    db.write((tx) => writeAudit(tx, base, { action: "bot.update", objectId: "bot_x", teamId: null }));

  it("has every row once and in one order, whoever writes at the same time", async () => {
    await Promise.all(
      databases.map(async (db) => {
        for (let row = 0; row < ROWS_EACH; row++) await write(db);
      }),
    );
    const ctx = { ...base, db: one() };
    expect(WRITERS * ROWS_EACH).toBeGreaterThan(CHECKPOINT_ROWS);
    expect(await writeCheckpoint(ctx)).toBe(true);
    const result = await verifyAudit(ctx, { copies: null });
    expect(result).toMatchObject({ isWhole: true, rows: WRITERS * ROWS_EACH, unsignedRows: 0, findings: [] });
  });

  it("is kept by triggers", async () => {
    await write(one());
    for (const statement of [
      sql`update audit set action = 'x'`,
      sql`delete from audit`,
      sql`delete from audit_checkpoints`,
    ])
      await expect(one().write((tx) => tx.run(statement))).rejects.toMatchObject({ kind: "trigger" });
  });
});
