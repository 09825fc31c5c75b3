import { fileURLToPath } from "node:url";
import { readMasterKeyState } from "@switchboard/core/services/keys-rotation/master-key-state";
import { countByMasterKey } from "@switchboard/core/services/keys-rotation/rotate-master-key";
import { dataKeys } from "@switchboard/db/schema";
import { execa } from "execa";
import { z } from "zod";
import { addSession, createMachine, readSession, type TestMachine } from "./support.ts";

/** How much is rotated. */
export interface RotationLoad {
  /** Rotations of the master key and of all data keys, in turn. */
  readonly rotations: number;
  readonly bots: number;
  readonly recordsPerBot: number;
}

/** What happened under the rotations. */
export interface RotationReport {
  readonly rotations: number;
  readonly reads: number;
  readonly commits: number;
  /** What went wrong, a text each; reads and commits that failed, and sessions that are not whole in the end. */
  readonly failures: readonly string[];
  /** Former data keys that are still there. */
  readonly formerKeys: number;
}

const CHILD = fileURLToPath(new URL("children/session-user.ts", import.meta.url));
const saidSchema = z.object({ commits: z.number(), reads: z.number(), failures: z.array(z.string()) });

/**
 * Rotates master key and data keys of an installation of its own in turn, by the commands of the machine, while a process that
 * was started before holds its bots, writes and reads back, and another reads whole sessions.
 */
export async function rotateUnderLoad({ rotations, bots, recordsPerBot }: RotationLoad): Promise<RotationReport> {
  const machine = await createMachine();
  try {
    const ctx = await machine.open();
    const botIds = [];
    for (let count = 0; count < bots; count += 1) botIds.push(await addSession(ctx, recordsPerBot));
    const users = await Promise.all(["writer", "reader"].map((role) => startUser(machine, role, recordsPerBot)));
    const failures = await rotate(machine, rotations);
    const said = await Promise.all(users.map((user) => user.end()));
    for (const botId of botIds) await readSession(ctx, botId).catch((err: unknown) => failures.push(String(err)));
    const [keys, uses] = [await ctx.db.reader.select().from(dataKeys), await countByMasterKey(ctx)];
    if (uses.length !== 1) failures.push("something is under a former master key");
    if ((await readMasterKeyState(ctx.db.reader))?.completedAtMs == null)
      failures.push("the last rotation is not done");
    await ctx.db.close();
    return {
      rotations,
      reads: said.reduce((sum, each) => sum + each.reads, 0),
      commits: said.reduce((sum, each) => sum + each.commits, 0),
      failures: [...failures, ...said.flatMap((each) => each.failures)],
      formerKeys: keys.length - bots,
    };
  } finally {
    await machine.dispose();
  }
}

async function rotate(machine: TestMachine, rotations: number): Promise<string[]> {
  const failures: string[] = [];
  for (let count = 0; count < rotations; count += 1) {
    const { exitCode, stderr } = await machine.maintain("rotate", count % 2 === 0 ? "data-keys" : "master-key");
    if (exitCode !== 0) failures.push(stderr);
  }
  return failures;
}

async function startUser(machine: TestMachine, role: string, records: number) {
  const child = execa(process.execPath, [CHILD, role, String(records)], {
    env: machine.env,
    extendEnv: false,
    stdin: "pipe",
    reject: false,
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once("data", () => resolve());
    void child.then(({ stderr }) => reject(new Error(`the ${role} did not start: ${stderr}`)));
  });
  return {
    end: async () => {
      child.stdin?.end();
      const { stdout, stderr } = await child;
      const line = stdout.split("\n").at(-1) ?? "";
      const said = saidSchema.safeParse(line.startsWith("{") ? JSON.parse(line) : null);
      return said.data ?? { commits: 0, reads: 0, failures: [`the ${role} ended: ${stderr}`] };
    },
  };
}
