import { randomBytes } from "@switchboard/core/crypto/bytes";
import { MASTER_KEY_BYTES } from "@switchboard/core/crypto/master-key";
import { createFakeClock } from "@switchboard/core/testing/fake-clock";
import type { TestGround } from "@switchboard/core/testing/test-context";
import { openDatabase } from "@switchboard/db/client";
import { migrateDatabase } from "@switchboard/db/migrate";
import { type Sqld, startSqld } from "../../../support/sqld.ts";

/** An installation's ground on a database server of its own, which can be stopped and killed. */
export interface SqldGround extends TestGround {
  readonly sqld: Sqld;
}

/** Starts and migrates it. */
export async function openSqldGround(): Promise<SqldGround> {
  const sqld = await startSqld();
  const url = sqld.httpUrl;
  await migrateDatabase(url);
  const database = await openDatabase({ url });
  const dispose = async () => {
    await database.close();
    await sqld.stop();
  };
  return { sqld, database, url, clock: createFakeClock(), masterKey: randomBytes(MASTER_KEY_BYTES), dispose };
}
