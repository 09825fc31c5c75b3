import { audit, events, type TeamId } from "@switchboard/db/schema";
import { asc, eq } from "drizzle-orm";
import type { TestContext } from "./test-context.ts";

/** The audit rows about one thing, in their order. */
export const auditOf = (test: Pick<TestContext, "db">, objectId: string) =>
  test.db.reader.select().from(audit).where(eq(audit.objectId, objectId)).orderBy(asc(audit.sequence));

/** The types of a team's events, in their order. */
export async function eventTypesOf(test: Pick<TestContext, "db">, teamId: TeamId): Promise<string[]> {
  const rows = await test.db.reader
    .select({ type: events.type })
    .from(events)
    .where(eq(events.teamId, teamId))
    .orderBy(asc(events.sequence));
  return rows.map((row) => row.type);
}
