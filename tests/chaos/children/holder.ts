import { appendFileSync } from "node:fs";
import { noRequest } from "@switchboard/core/context";
import { fromBase64Url } from "@switchboard/core/crypto/bytes";
import { createIds } from "@switchboard/core/crypto/ids";
import { openMasterKey } from "@switchboard/core/crypto/master-key";
import { ServiceError } from "@switchboard/core/errors";
import type { AuthBatch } from "@switchboard/core/ports/auth-record-store";
import { openRecordStore } from "@switchboard/core/services/auth-state/open-record-store";
import { acquireForWorker } from "@switchboard/core/services/custody/worker-leases";
import { loadKeyring } from "@switchboard/core/services/system/load-keyring";
import { testSettings } from "@switchboard/core/testing/test-context";
import { openDatabase } from "@switchboard/db/client";
import { type BotId, custody } from "@switchboard/db/schema";
import { systemClock } from "@switchboard/host/clock";
import { eq } from "drizzle-orm";
import { CHAIN_ID, CHAIN_TYPE, type HolderOrder, readCounter } from "../chain.ts";

/**
 * Holds one bot as a worker does and writes a chain of numbers, each one more than the last it read or wrote. What was
 * acknowledged goes to a log of its own before the next number. All holders use one worker id, so that each takes the bot
 * from the one before at once, alive or not.
 */
const order: HolderOrder = JSON.parse(process.argv[2] ?? "");
const db = await openDatabase({ url: order.url });
const keyring = await loadKeyring(db, await openMasterKey(fromBase64Url(order.masterKey)), systemClock);
const ctx = {
  db,
  clock: systemClock,
  ids: createIds(systemClock),
  keyring,
  settings: testSettings,
  request: noRequest,
};
const botId = order.botId as BotId;
process.on("disconnect", () => process.exit(0));
tell("ready");
for (;;) await holdOnce().catch(ignoreRefusal);

/** Takes the bot and writes until it is refused. */
async function holdOnce(): Promise<void> {
  const lease = await acquireForWorker(ctx, { botId, workerId: "wrk_chaos" });
  if (lease === null) return;
  const fenced = openRecordStore(ctx, lease, lease.authRevision);
  const store = order.isFenced ? fenced : { ...fenced, commit: commitUnfenced };
  let counter = await readCounter(store);
  for (;;) {
    counter += 1;
    const records = [{ type: CHAIN_TYPE, id: CHAIN_ID, value: String(counter) }];
    await store.commit({ records, creds: JSON.stringify({ counter }) });
    appendFileSync(order.logFile, `${lease.epoch} ${counter}\n`);
    tell(counter);
  }
}

/** The mutant: writes under whatever lease and revision the row has, as a store without a fence would. */
async function commitUnfenced(batch: AuthBatch): Promise<void> {
  const [row] = await db.reader.select().from(custody).where(eq(custody.botId, botId));
  if (!row?.leaseId) throw new Error("nobody holds the bot");
  await openRecordStore(ctx, { botId, epoch: row.epoch, leaseId: row.leaseId }, row.authRevision).commit(batch);
}

/** A refused or failed write ends this hold; the next one reads again what is there. */
function ignoreRefusal(err: unknown): void {
  const isRefusal = err instanceof ServiceError && (err.code === "stale-epoch" || err.code === "store-busy");
  tell(isRefusal ? "refused" : `failed: ${String(err)}`);
}

/** A parent that is gone ends this process by itself. */
function tell(message: string | number): void {
  process.send?.(message, undefined, undefined, () => undefined);
}
