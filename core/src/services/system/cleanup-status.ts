import { systemState } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { z } from "zod";
import type { ServiceContext } from "../../context.ts";
import { toInstant } from "../bots/internal.ts";

/** How often the worker cleans up: session tokens are announced in time by it. Decisions go by the clock alone. */
export const CLEANUP_INTERVAL_MS = 60_000;

/** The row of `system_state` in which the last run is noted. */
const STATE_KEY = "cleanup";

/** When the cleanup ran last and what it did, null before the first run; and when the next one is due. */
export const cleanupStatusSchema = z.object({
  lastRun: z
    .object({ at: z.string(), expired: z.number().int(), purged: z.number().int(), tookMs: z.number().int() })
    .nullable(),
  nextDueAt: z.string(),
});

export type CleanupStatusView = z.infer<typeof cleanupStatusSchema>;

const runSchema = z.object({ atMs: z.number(), expired: z.number(), purged: z.number(), tookMs: z.number() });

/** The housekeeping as it stands, for people who wonder why an old row is still there. Authorises nobody: no team's data. */
export async function getCleanupStatus(ctx: Pick<ServiceContext, "db" | "clock">): Promise<CleanupStatusView> {
  const [row] = await ctx.db.reader.select().from(systemState).where(eq(systemState.key, STATE_KEY));
  const { data: run } = runSchema.safeParse(row?.value);
  if (!run) return { lastRun: null, nextDueAt: toInstant(ctx.clock.nowMs()) };
  const { atMs, ...counts } = run;
  return { lastRun: { at: toInstant(atMs), ...counts }, nextDueAt: toInstant(atMs + CLEANUP_INTERVAL_MS) };
}

/** Notes a run; the last one to end is the one that is shown. */
export async function noteCleanup(ctx: Pick<ServiceContext, "db">, value: z.infer<typeof runSchema>): Promise<void> {
  const row = { value, updatedAtMs: value.atMs };
  await ctx.db.write(async (tx) => {
    await tx
      .insert(systemState)
      .values({ key: STATE_KEY, ...row })
      .onConflictDoUpdate({ target: systemState.key, set: row });
  });
}
