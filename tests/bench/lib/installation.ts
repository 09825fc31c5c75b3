import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseSettings } from "@switchboard/core/config/parse-settings";
import type { ServiceContext } from "@switchboard/core/context";
import { noRequest } from "@switchboard/core/context";
import type { AuthRecord } from "@switchboard/core/ports/auth-record-store";
import { openRecordStore } from "@switchboard/core/services/auth-state/open-record-store";
import { createBot } from "@switchboard/core/services/bots/create-bot";
import { acquireForWorker, releaseForWorker, type WorkerLease } from "@switchboard/core/services/custody/worker-leases";
import { namedTeamId } from "@switchboard/core/testing/named-ids";
import { migrateDatabase } from "@switchboard/db/migrate";
import { type BotId, bots, callBlockingSettings, teamMembers, teams, users } from "@switchboard/db/schema";
import { openInstallation } from "@switchboard/host/open-installation";
import { eq } from "drizzle-orm";
import type { LinkedAccount } from "./linked-accounts.ts";

const WORKER_ID = "worker-1";
const TEAM_ID = namedTeamId("team_bench");

/** The owner of the only team. */
export const BENCH_OWNER = {
  kind: "user",
  userId: "usr_bench",
  teamId: TEAM_ID,
  role: "owner",
  signInId: null,
  confirmedAtMs: 0,
} as const;

/** An installation on a file database, opened in this process. */
export interface BenchInstallation {
  /** As a worker, the only one. */
  readonly ctx: ServiceContext;
  readonly databaseUrl: string;
  /** A new bot with call blocking as the benchmarks use it: on, every call rejected, no limit, no text. */
  addBot(name: string): Promise<BotId>;
  acquire(botId: BotId): Promise<WorkerLease>;
  /** A new bot that holds the session of a linked account and is wished to run. Nobody holds it. */
  addLinkedBot(name: string, account: LinkedAccount): Promise<BotId>;
  /** Wishes exactly these bots to run. */
  runOnly(botIds: readonly BotId[]): Promise<void>;
  close(): Promise<void>;
}

/** Makes an installation in a folder, or opens the one that is there. */
export async function openBenchInstallation(folder: string): Promise<BenchInstallation> {
  const dataDir = join(folder, "data");
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const settings = parseSettings({ DATA_DIR: dataDir });
  const { databaseUrl } = settings.derived;
  await migrateDatabase(databaseUrl);
  const installation = await openInstallation(settings);
  const refuse = () => Promise.reject(new Error("benchmarks use no passwords"));
  const shared = {
    ...installation,
    passwords: { hash: refuse, verify: refuse, decoy: "", weaknessOf: refuse },
    request: noRequest,
  };
  const ctx: ServiceContext = { ...shared, actor: { kind: "worker", workerId: WORKER_ID } };
  const { db } = installation;
  await db.write(async (tx) => {
    const team = { id: TEAM_ID, name: "Bench", slug: "bench", createdAt: new Date() };
    await tx.insert(teams).values(team).onConflictDoNothing();
    const { userId, role } = BENCH_OWNER;
    const createdAt = new Date();
    const owner = { id: userId, name: "Bench", email: "bench@example.test", createdAt, updatedAt: createdAt };
    await tx.insert(users).values(owner).onConflictDoNothing();
    const member = { id: "mem_bench", organizationId: TEAM_ID, userId, role, createdAt };
    await tx.insert(teamMembers).values(member).onConflictDoNothing();
  });
  const addBot = async (name: string) => {
    const { id } = await createBot({ ...shared, actor: BENCH_OWNER }, { name });
    const rules = { isEnabled: true, dailyLimit: null, defaultAction: "reject", replyText: "" } as const;
    await db.write(async (tx) => {
      await tx.update(callBlockingSettings).set(rules).where(eq(callBlockingSettings.botId, id));
    });
    return id;
  };
  const acquire = async (botId: BotId) => {
    const lease = await acquireForWorker(ctx, { botId, workerId: WORKER_ID });
    if (lease === null) throw new Error("the bot is held by somebody else");
    return lease;
  };
  return {
    ctx,
    databaseUrl,
    addBot,
    acquire,
    addLinkedBot: async (name, account) => {
      const botId = await addBot(name);
      const lease = await acquire(botId);
      await openRecordStore(ctx, lease, lease.authRevision).commit(readSaved(account.saved));
      await releaseForWorker(ctx, lease, true);
      await db.write(async (tx) => {
        await tx.update(bots).set({ isLinked: true, desiredState: "running" }).where(eq(bots.id, botId));
      });
      return botId;
    },
    runOnly: async (botIds) => {
      await db.write(async (tx) => {
        await tx.update(bots).set({ desiredState: "stopped" });
        for (const botId of botIds) await tx.update(bots).set({ desiredState: "running" }).where(eq(bots.id, botId));
      });
    },
    close: () => db.close(),
  };
}

/** What a MemoryAuthState saved, as one batch; its values are texts of the same form already. */
function readSaved(saved: string): { records: AuthRecord[]; creds: string } {
  const { creds, values }: { creds: unknown; values: [string, string][] } = JSON.parse(saved);
  const records = values.map(([name, value]) => {
    const [type = "", ...id] = name.split("|");
    return { type, id: id.join("|"), value };
  });
  return { records, creds: JSON.stringify(creds) };
}
