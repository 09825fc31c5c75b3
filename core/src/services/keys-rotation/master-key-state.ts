import { systemState } from "@switchboard/db/schema";
import type { Reader, Transaction } from "@switchboard/db/types";
import { eq } from "drizzle-orm";
import { z } from "zod";
import type { MasterKey, MasterKeys } from "../../crypto/master-key.ts";

/** The row of `system_state` that names the master key since the last rotation began. */
const STATE_KEY = "master-key";

const stateSchema = z.object({
  /** New things are wrapped under this key and no other. */
  currentId: z.string(),
  /** The key before; null when the rotation that named the present one found nothing under another. */
  formerId: z.string().nullable(),
  startedAtMs: z.number(),
  /** null: not everything was wrapped again yet. */
  completedAtMs: z.number().nullable(),
});

/** How the rotation of the master key stands; ids are fingerprints. */
export type MasterKeyState = z.infer<typeof stateSchema>;

/** null: the master key was never rotated. */
export async function readMasterKeyState(reader: Pick<Reader, "select">): Promise<MasterKeyState | null> {
  const [row] = await reader.select().from(systemState).where(eq(systemState.key, STATE_KEY));
  return row === undefined ? null : stateSchema.parse(row.value);
}

/** Writes the state in the transaction of what it tells of. */
export async function writeMasterKeyState(tx: Transaction, value: MasterKeyState, nowMs: number): Promise<void> {
  const row = { value, updatedAtMs: nowMs };
  await tx
    .insert(systemState)
    .values({ key: STATE_KEY, ...row })
    .onConflictDoUpdate({ target: systemState.key, set: row });
}

/**
 * The key that wraps new things: the one the database names since a rotation, else the machine's. A process that was
 * started before the rotation gets at the new key here. @throws WrongMasterKeyError when it cannot
 */
export async function wrappingKey(reader: Pick<Reader, "select">, keys: MasterKeys): Promise<MasterKey> {
  const state = await readMasterKeyState(reader);
  return state === null ? keys.current : keys.find(state.currentId);
}

/**
 * false once a rotation has named another key. Asked in the transaction that inserts what was wrapped, it keeps anything
 * from coming in under a key that is on its way out.
 */
export async function isWrappingKey(tx: Pick<Reader, "select">, id: string): Promise<boolean> {
  const state = await readMasterKeyState(tx);
  return state === null || state.currentId === id;
}
