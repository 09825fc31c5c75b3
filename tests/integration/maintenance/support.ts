import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { parseSettings, type Settings } from "@switchboard/core/config/parse-settings";
import type { ServiceContext } from "@switchboard/core/context";
import { openRecordStore } from "@switchboard/core/services/auth-state/open-record-store";
import { readHeldAuthState } from "@switchboard/core/services/auth-state/read-auth-state";
import { createBot } from "@switchboard/core/services/bots/create-bot";
import { newTeamId } from "@switchboard/core/services/branded-ids";
import { acquireForWorker, releaseForWorker } from "@switchboard/core/services/custody/worker-leases";
import { migrateDatabase } from "@switchboard/db/migrate";
import { type BotId, bots, teams } from "@switchboard/db/schema";
import { openInstallation } from "@switchboard/host/open-installation";
import { maintenanceContext } from "../../../api/src/maintenance/machine.ts";
import { runMaintenance } from "../../../api/src/maintenance/run.ts";

/** What one run of the machine's command line said, and how it ended. */
export interface MaintenanceRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** An installation in a folder of its own: its settings are its whole environment. */
export interface TestMachine {
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string>>;
  settings(): Settings;
  /** Opens the installation as one more process would; close its database. */
  open(): Promise<ServiceContext>;
  /** Runs one command in this process. */
  maintain(...args: string[]): Promise<MaintenanceRun>;
  /** The same installation as it is now, in another folder. Nothing may have it open. */
  copy(): Promise<TestMachine>;
  dispose(): Promise<void>;
}

/** A machine with an empty, migrated database; `env` is added to its settings. */
export async function createMachine(env: Readonly<Record<string, string>> = {}): Promise<TestMachine> {
  const machine = machineIn(await makeFolder(), env);
  const { derived, DATABASE_AUTH_TOKEN } = machine.settings();
  await migrateDatabase(derived.databaseUrl, DATABASE_AUTH_TOKEN ?? undefined);
  return machine;
}

/** The same folder with other settings. */
export function machineIn(dataDir: string, env: Readonly<Record<string, string>> = {}): TestMachine {
  const all = { DATA_DIR: dataDir, ...env };
  return {
    dataDir,
    env: all,
    settings: () => parseSettings(all),
    open: async () => maintenanceContext(await openInstallation(parseSettings(all))),
    maintain: (...args) => maintain(args, all, dataDir),
    copy: async () => {
      const folder = await makeFolder();
      await cp(dataDir, folder, { recursive: true });
      return machineIn(folder, env);
    },
    dispose: () => rm(dataDir, { recursive: true, force: true }),
  };
}

const makeFolder = (): Promise<string> => mkdtemp(join(tmpdir(), "switchboard-machine-"));

async function maintain(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  folder: string,
): Promise<MaintenanceRun> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const interrupted = new AbortController().signal;
  const exitCode = await runMaintenance(args, { stdout, stderr, env, folder, interrupted });
  return { exitCode, stdout: textOf(stdout), stderr: textOf(stderr) };
}

const textOf = (stream: PassThrough): string => String(stream.read() ?? "");

/** A bot with a session of `records` records that a worker wrote and gave back cleanly. */
export async function addSession(ctx: ServiceContext, records: number): Promise<BotId> {
  const teamId = newTeamId(ctx.ids);
  const createdAt = new Date(ctx.clock.nowMs());
  await ctx.db.write(async (tx) => {
    await tx.insert(teams).values({ id: teamId, name: teamId, slug: teamId, createdAt });
  });
  const actor = { kind: "user", userId: "usr_1", teamId, role: "owner", signInId: null, confirmedAtMs: 0 } as const;
  const bot = await createBot({ ...ctx, actor }, { name: `bot ${teamId}`, timeZone: "UTC" });
  await ctx.db.write(async (tx) => {
    await tx.update(bots).set({ desiredState: "running", state: "online", isLinked: true });
  });
  await writeSession(ctx, bot.id, records, "first");
  return bot.id;
}

/** Takes the bot, writes every record of its session with this text, and gives it back. */
export async function writeSession(ctx: ServiceContext, botId: BotId, records: number, text: string): Promise<void> {
  const lease = await acquireForWorker(ctx, { botId, workerId: "worker-1" });
  if (lease === null) throw new Error("the bot is held");
  const changes = Array.from({ length: records }, (_, index) => ({
    type: "pre-key",
    id: sessionId(index),
    value: text,
  }));
  await openRecordStore(ctx, lease, lease.authRevision).commit({ creds: `{"text":"${text}"}`, records: changes });
  await releaseForWorker(ctx, lease, true);
}

/** The texts of a bot's session: of its credentials and of each record. Throws when anything does not open. */
export async function readSession(ctx: ServiceContext, botId: BotId): Promise<readonly string[]> {
  const { creds, keys } = await readHeldAuthState(ctx, { botId, leaseId: "", epoch: 0 });
  return [creds ?? "", ...(keys.get("pre-key")?.values() ?? [])];
}

const sessionId = (index: number): string => `3460000${String(index).padStart(4, "0")}.0`;
