import { systemState } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { z } from "zod";
import type { ServiceContext } from "../../context.ts";
import { authorizeTeam } from "../access.ts";
import { toInstant } from "../bots/internal.ts";
import { cleanupIntervalMs, cleanupStateKey } from "./cleanup.ts";

/** When the cleanup ran last, what it did, and when it is due; `lastRunAt` null: it never ran. */
export const cleanupStatusSchema = z.object({
  lastRunAt: z.string().nullable(),
  /** null before the first run. */
  nextRunAt: z.string().nullable(),
  expired: z.number().int(),
  purged: z.number().int(),
  tookMs: z.number().int(),
});

export type CleanupStatusView = z.infer<typeof cleanupStatusSchema>;

const stateSchema = z.object({
  finishedAtMs: z.number(),
  expired: z.number(),
  purged: z.number(),
  tookMs: z.number(),
});

/** The state of the housekeeping, for people who wonder why an old row is still there. @throws ServiceError scope-missing */
export async function cleanupStatus(ctx: ServiceContext): Promise<CleanupStatusView> {
  authorizeTeam(ctx, "bots:read");
  const [row] = await ctx.db.reader.select().from(systemState).where(eq(systemState.key, cleanupStateKey));
  const { data: state } = stateSchema.safeParse(row?.value);
  if (!state) return { lastRunAt: null, nextRunAt: null, expired: 0, purged: 0, tookMs: 0 };
  const { finishedAtMs, ...counts } = state;
  return { lastRunAt: toInstant(finishedAtMs), nextRunAt: toInstant(finishedAtMs + cleanupIntervalMs), ...counts };
}
