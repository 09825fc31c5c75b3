import { parseSettings } from "@switchboard/core/config/parse-settings";
import { openRecordStore } from "@switchboard/core/services/auth-state/open-record-store";
import { readHeldAuthState } from "@switchboard/core/services/auth-state/read-auth-state";
import { acquireForWorker, releaseForWorker } from "@switchboard/core/services/custody/worker-leases";
import type { LeaseName } from "@switchboard/db/queries/custody";
import { custody } from "@switchboard/db/schema";
import { openInstallation } from "@switchboard/host/open-installation";
import { maintenanceContext } from "../../../../api/src/maintenance/machine.ts";

// Uses the sessions of an installation until its standard input ends, and then says on standard output what it did.
// `writer`: holds each bot for a while, writes, reads back. `reader`: reads whole sessions, as a backup or an api does.
const [role = "", ...rest] = process.argv.slice(2);
const RECORDS = Number(rest[0] ?? 20);
/** Commits under one lease: then the bot is given back, so that former keys may go. */
const COMMITS_PER_LEASE = 25;

const ctx = maintenanceContext(await openInstallation(parseSettings(process.env)));
const done = { role, commits: 0, reads: 0, failures: [] as string[] };
let isEnding = false;
process.stdin
  .on("data", () => undefined)
  .once("end", () => {
    isEnding = true;
  });
process.stdout.write("ready\n");

const botIds = (await ctx.db.reader.select({ botId: custody.botId }).from(custody)).map((row) => row.botId);
while (!isEnding)
  for (const botId of botIds) await (role === "writer" ? write(botId) : read({ botId, leaseId: "", epoch: 0 }));
await ctx.db.close();
process.stdout.write(`${JSON.stringify(done)}\n`);

async function write(botId: LeaseName["botId"]): Promise<void> {
  const lease = await acquireForWorker(ctx, { botId, workerId: "worker-1" });
  if (lease === null) return;
  const store = openRecordStore(ctx, lease, lease.authRevision);
  try {
    for (let count = 0; count < COMMITS_PER_LEASE && !isEnding; count += 1) {
      const text = `${lease.epoch}.${count}`;
      const ids = [count % RECORDS, (count * 7 + 1) % RECORDS].map(
        (index) => `3460000${String(index).padStart(4, "0")}.0`,
      );
      const records = [...new Set(ids)].map((id) => ({ type: "pre-key", id, value: text }));
      await store.commit({ creds: `{"text":"${text}"}`, records });
      done.commits += 1;
      const values = await store.read("pre-key", [...new Set(ids)]);
      done.reads += 1;
      for (const { id } of records) if (values.get(id) !== text) done.failures.push(`${id} is not what was written`);
    }
  } catch (err) {
    done.failures.push(describe(err));
  }
  await releaseForWorker(ctx, lease, true);
}

async function read(bot: LeaseName): Promise<void> {
  try {
    const { creds, keys } = await readHeldAuthState(ctx, bot);
    done.reads += 1;
    if (creds === null || keys.get("pre-key")?.size !== RECORDS) done.failures.push("a session is not whole");
  } catch (err) {
    done.failures.push(describe(err));
  }
}

function describe(err: unknown): string {
  return err instanceof Error ? (err.stack ?? err.message) : "something was thrown";
}
