import { systemState } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { z } from "zod";
import type { ServiceContext } from "../../context.ts";
import type { DataKeyStanding } from "./data-key-standing.ts";

/** The row of `system_state` that tells of a rotation of all data keys. */
const STATE_KEY = "data-key-rotation";

const runSchema = z.object({ startedAtMs: z.number(), completedAtMs: z.number().nullable() });

/** A rotation of the data keys of all bots. */
export type DataKeyRun = z.infer<typeof runSchema>;

/** Begins a run, or answers the one that was begun and not completed. */
export async function beginRun(ctx: Pick<ServiceContext, "db" | "clock">): Promise<DataKeyRun> {
  return ctx.db.write(async (tx) => {
    const [row] = await tx.select().from(systemState).where(eq(systemState.key, STATE_KEY));
    const known = row === undefined ? null : runSchema.parse(row.value);
    if (known !== null && known.completedAtMs === null) return known;
    const value = { startedAtMs: ctx.clock.nowMs(), completedAtMs: null };
    const next = { value, updatedAtMs: value.startedAtMs };
    await tx
      .insert(systemState)
      .values({ key: STATE_KEY, ...next })
      .onConflictDoUpdate({ target: systemState.key, set: next });
    return value;
  });
}

/** true: the run has given the bot its new key; something may be left to be moved to it. */
export const hasKeyOfRun = (run: DataKeyRun, bot: DataKeyStanding): boolean => bot.createdAtMs >= run.startedAtMs;

/** Notes that every bot was reached. */
export async function completeRun(ctx: Pick<ServiceContext, "db" | "clock">, run: DataKeyRun): Promise<void> {
  const completedAtMs = ctx.clock.nowMs();
  await ctx.db.write(async (tx) => {
    await tx
      .update(systemState)
      .set({ value: { ...run, completedAtMs }, updatedAtMs: completedAtMs })
      .where(eq(systemState.key, STATE_KEY));
  });
}
