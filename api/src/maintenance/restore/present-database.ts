import { stat } from "node:fs/promises";
import type { Settings } from "@switchboard/core/config/parse-settings";
import type { Database } from "@switchboard/db/types";
import { openInstallationDatabase } from "@switchboard/host/open-installation";
import { sql } from "drizzle-orm";
import { findSignsOfLife } from "./who-runs.ts";

/** What is known of the database that is to be replaced. */
export interface PresentDatabase {
  readonly isThere: boolean;
  readonly signsOfLife: readonly string[];
  /** The highest epoch in it; 0 where it cannot be read. */
  readonly knownEpoch: number;
  /** null where it cannot be read, or has no audit. */
  readonly auditSequence: number | null;
}

/** Reads what it can: a database may be replaced because it cannot be read. Writes nothing. */
export async function readPresent(settings: Settings, file: string | null): Promise<PresentDatabase> {
  const isThere = file === null || (await exists(file));
  const db = isThere ? await openInstallationDatabase(settings).catch(() => null) : null;
  try {
    return {
      isThere,
      signsOfLife: await findSignsOfLife(file, db).catch(() => []),
      knownEpoch: (await readNumber(db, "select max(epoch) as value from custody")) ?? 0,
      auditSequence: await readNumber(db, "select max(sequence) as value from audit"),
    };
  } finally {
    await db?.close();
  }
}

async function readNumber(db: Database | null, statement: string): Promise<number | null> {
  const row = await db?.reader.get<{ readonly value: number | null } | undefined>(sql.raw(statement)).catch(() => null);
  return row?.value ?? null;
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
