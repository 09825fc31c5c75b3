import type { Page } from "@switchboard/core/services/pages";
import { z } from "zod";

/** A page of a list as REST answers it: `nextCursor` null is the end, `filters` are those that were applied. */
export const listOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable(), filters: z.record(z.string(), z.unknown()) });

/** Adds the echo of the filters; `limit` and those left out with a default are among them, the cursor is not. */
export function withFilters<P extends Page<unknown>>(page: P, query: Readonly<Record<string, unknown>>) {
  const { cursor: _, ...filters } = query;
  return { ...page, filters };
}
