import { isAlive } from "@switchboard/db/queries/custody";
import { custody } from "@switchboard/db/schema";
import { sql } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";

/** Bots of the installation that are held now, by who holds them. */
export interface HeldLeaseCounts {
  readonly worker: number;
  readonly key: number;
}

/** Counts leases that are alive. Holds nothing of any team, so nobody has to be authorised. */
export async function countHeldLeases({ db }: Pick<ServiceContext, "db">): Promise<HeldLeaseCounts> {
  const rows = await db.reader
    .select({ kind: custody.holderKind, held: sql<number>`count(*)` })
    .from(custody)
    .where(isAlive)
    .groupBy(custody.holderKind);
  const of = (kind: "worker" | "key") => rows.find((row) => row.kind === kind)?.held ?? 0;
  return { worker: of("worker"), key: of("key") };
}
