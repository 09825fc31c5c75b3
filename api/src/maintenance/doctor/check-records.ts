import { SealBrokenError } from "@switchboard/core/crypto/aead";
import { openRecord } from "@switchboard/core/crypto/record-cipher";
import { type BotDataKeys, MissingDataKeyError, openDataKeys } from "@switchboard/core/services/auth-state/data-keys";
import { authRecords, type BotId, bots } from "@switchboard/db/schema";
import type { Database } from "@switchboard/db/types";
import { and, asc, eq, sql } from "drizzle-orm";
import { type Check, type Finding, findingsOf, type Patient } from "./finding.ts";

/** Records of a bot that are opened unless all are asked for. */
const SAMPLE = 20;
const PAGE = 200;

type Row = typeof authRecords.$inferSelect;

/** Whether sealed records open: some of each bot, or all. */
export const checkRecords: Check = async (patient) => {
  const { ok, error } = findingsOf("sealed records");
  const { db, keyring, isDeep } = patient;
  if (db === null || keyring === null) return [];
  const owners = await db.reader.select({ id: bots.id, name: bots.name }).from(bots).orderBy(asc(bots.id));
  const findings: Finding[] = [];
  let opened = 0;
  for (const bot of owners) {
    const result = await openSome({ ...patient, db, keyring }, bot.id);
    opened += result.opened;
    if (result.broken.length > 0)
      findings.push(
        error(
          `${result.broken.length} records of ${bot.name} (${bot.id}) do not open, of type ${[...new Set(result.broken)].join(", ")}`,
          "They were altered, moved or rolled back. Put a backup back, or pair the bot again; look who can write to the database.",
        ),
      );
  }
  const how = isDeep ? "all" : `up to ${SAMPLE} of each bot`;
  return findings.length === 0 ? [ok(`${opened} opened (${how}), every one is whole`)] : findings;
};

type Opened = Patient & { readonly db: Database; readonly keyring: NonNullable<Patient["keyring"]> };

/** Answers how many opened, and the types of those that did not. */
async function openSome(patient: Opened, botId: BotId): Promise<{ opened: number; broken: readonly string[] }> {
  const keys = openDataKeys({ ...patient, clock: { nowMs: () => patient.nowMs } }, botId);
  const broken: string[] = [];
  let opened = 0;
  let place: Row | null = null;
  do {
    const rows = await readPage(patient, botId, place);
    for (const row of rows)
      if (await isWhole(patient.db, keys, row)) opened += 1;
      else broken.push(row.type);
    place = patient.isDeep ? (rows.at(-1) ?? null) : null;
  } while (place !== null);
  return { opened, broken };
}

function readPage({ db, isDeep }: Opened, botId: BotId, place: Row | null): Promise<Row[]> {
  const isAfter =
    place === null
      ? undefined
      : sql`(${authRecords.type}, ${authRecords.recordKey}) > (${place.type}, ${place.recordKey})`;
  const rows = db.reader
    .select()
    .from(authRecords)
    .where(and(eq(authRecords.botId, botId), isAfter));
  // A sample is not always the same one.
  return isDeep
    ? rows.orderBy(asc(authRecords.type), asc(authRecords.recordKey)).limit(PAGE)
    : rows.orderBy(sql`random()`).limit(SAMPLE);
}

/** A row whose key is gone was moved to a newer key since it was read, and is read again. */
async function isWhole(db: Database, keys: BotDataKeys, row: Row): Promise<boolean> {
  try {
    await openRecord(await keys.opening(row.dataKeyId), row, row.ciphertext);
    return true;
  } catch (err) {
    if (err instanceof SealBrokenError) return false;
    if (!(err instanceof MissingDataKeyError)) throw err;
  }
  const [now] = await db.reader.select().from(authRecords).where(isSame(row));
  if (now === undefined) return true;
  return now.dataKeyId !== row.dataKeyId && isWhole(db, keys, now);
}

const isSame = (row: Row) =>
  and(eq(authRecords.botId, row.botId), eq(authRecords.type, row.type), eq(authRecords.recordKey, row.recordKey));
