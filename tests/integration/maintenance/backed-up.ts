import { join } from "node:path";
import type { ServiceContext } from "@switchboard/core/context";
import { type BotId, custody } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { expect, onTestFinished } from "vitest";
import { addSession, createMachine, type TestMachine } from "./support.ts";

/** A machine of this test, with an empty database. */
export async function newMachine(): Promise<TestMachine> {
  const machine = await createMachine();
  onTestFinished(() => machine.dispose());
  return machine;
}

/** The installation as one more process has it, until the test is over. */
export async function open(machine: TestMachine): Promise<ServiceContext> {
  const ctx = await machine.open();
  onTestFinished(() => ctx.db.close());
  return ctx;
}

/** In this process the database of an earlier step may still be open: that is not what these tests are about. */
export const restore = (machine: TestMachine, ...args: string[]) =>
  machine.maintain("restore", ...args, "--even-if-running");

/** The custody row of a bot. */
export async function custodyOf(ctx: ServiceContext, botId: BotId) {
  const [row] = await ctx.db.reader.select().from(custody).where(eq(custody.botId, botId));
  if (!row) throw new Error("there is no custody row");
  return row;
}

/** A machine with one bot and a backup of it. */
export async function backedUp(...options: string[]) {
  const machine = await newMachine();
  const ctx = await open(machine);
  const botId = await addSession(ctx, 4);
  const run = await machine.maintain("backup", "backup", ...options);
  expect(run).toMatchObject({ exitCode: 0 });
  return { machine, ctx, botId, folder: join(machine.dataDir, "backup"), run };
}
