import { dataKeys, wrappedSecrets } from "@switchboard/db/schema";
import type { Reader, Transaction } from "@switchboard/db/types";
import { and, asc, eq, ne } from "drizzle-orm";
import { SealBrokenError } from "../../crypto/aead.ts";
import { type Bytes, copyBytes } from "../../crypto/bytes.ts";
import type { MasterKeys } from "../../crypto/master-key.ts";
import { dataKeyContext } from "../auth-state/data-keys.ts";
import { secretContext } from "../system/load-keyring.ts";

/** One thing that a master key wraps: a secret of the installation, or a data key of a bot. */
export interface WrappedRow {
  /** For people, for example `the data key 2 of bot_…`. */
  readonly what: string;
  readonly masterKeyId: string;
  readonly wrapped: Uint8Array;
  /** What the wrap is bound to, beside its master key. */
  readonly context: readonly string[];
  /** Puts another wrap in its place while the row is still under the key it was read with. false: it is not any more. */
  replace(tx: Transaction, masterKeyId: string, wrapped: Bytes): Promise<boolean>;
}

/** A row that a key which is there does not open. It must be put back from a backup before anything can be wrapped again. */
export class WrapBrokenError extends Error {
  override readonly name = "WrapBrokenError";
  constructor({ what, masterKeyId }: Pick<WrappedRow, "what" | "masterKeyId">) {
    super(`${what} does not open with master key ${masterKeyId}, which it names: its row was altered or moved.`);
  }
}

/** Everything wrapped, in one snapshot; with `exceptId`, what is under any other master key than that. */
export async function listWrapped(
  reader: Pick<Reader, "select">,
  exceptId: string | null = null,
): Promise<readonly WrappedRow[]> {
  const secrets = await reader
    .select()
    .from(wrappedSecrets)
    .where(exceptId === null ? undefined : ne(wrappedSecrets.masterKeyId, exceptId))
    .orderBy(asc(wrappedSecrets.purpose), asc(wrappedSecrets.version));
  const keys = await reader
    .select()
    .from(dataKeys)
    .where(exceptId === null ? undefined : ne(dataKeys.masterKeyId, exceptId))
    .orderBy(asc(dataKeys.botId), asc(dataKeys.id));
  return [...secrets.map(secretRow), ...keys.map(dataKeyRow)];
}

/** What a row wraps. @throws WrongMasterKeyError, WrapBrokenError */
export async function openWrapped(keys: MasterKeys, row: WrappedRow): Promise<Bytes> {
  const master = await keys.find(row.masterKeyId);
  try {
    return await master.unwrap(copyBytes(row.wrapped), row.context);
  } catch (err) {
    throw err instanceof SealBrokenError ? new WrapBrokenError(row) : err;
  }
}

function secretRow(row: typeof wrappedSecrets.$inferSelect): WrappedRow {
  const { purpose, version, masterKeyId } = row;
  const isRow = and(
    eq(wrappedSecrets.purpose, purpose),
    eq(wrappedSecrets.version, version),
    eq(wrappedSecrets.masterKeyId, masterKeyId),
  );
  return {
    what: `the ${purpose} secret ${version} of the installation`,
    masterKeyId,
    wrapped: row.wrapped,
    context: secretContext(purpose, version),
    replace: async (tx, id, wrapped) => {
      const changed = tx.update(wrappedSecrets).set({ masterKeyId: id, wrapped }).where(isRow);
      return (await changed.returning({ version: wrappedSecrets.version })).length === 1;
    },
  };
}

function dataKeyRow(row: typeof dataKeys.$inferSelect): WrappedRow {
  const { botId, id, masterKeyId } = row;
  const isRow = and(eq(dataKeys.botId, botId), eq(dataKeys.id, id), eq(dataKeys.masterKeyId, masterKeyId));
  return {
    what: `the data key ${id} of ${botId}`,
    masterKeyId,
    wrapped: row.wrapped,
    context: dataKeyContext(botId, id),
    replace: async (tx, newId, wrapped) => {
      const changed = tx.update(dataKeys).set({ masterKeyId: newId, wrapped }).where(isRow);
      return (await changed.returning({ id: dataKeys.id })).length === 1;
    },
  };
}
