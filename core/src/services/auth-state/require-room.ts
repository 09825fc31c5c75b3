import { measureRecords } from "@switchboard/db/queries/auth-records";
import type { BotId } from "@switchboard/db/schema";
import type { ServiceContext } from "../../context.ts";
import { isMeasuredBatch, sessionBytesMax, sessionRecordsMax } from "../../domain/session-size.ts";
import type { AuthRecord } from "../../ports/auth-record-store.ts";
import { invalidParts } from "./remote-defects.ts";

const MEGABYTE = 1024 * 1024;

/**
 * Refuses a batch that would add to a session which is larger than any account makes it. One that only deletes passes.
 * Measured before large batches and now and then, so a session may pass the limits by what small ones hold.
 * @throws ServiceError validation-failed
 */
export async function requireRoom(
  ctx: Pick<ServiceContext, "db">,
  botId: BotId,
  sequence: number,
  changes: readonly AuthRecord[],
): Promise<void> {
  if (!isMeasuredBatch(sequence, changes)) return;
  const [stored] = await measureRecords(ctx.db.reader, botId);
  if (!stored || (stored.records < sessionRecordsMax && stored.bytes < sessionBytesMax)) return;
  const limits = `${sessionRecordsMax} records or ${sessionBytesMax / MEGABYTE} MB`;
  throw invalidParts([
    { path: "set", message: `This session has ${limits} already. Delete what is not needed first.` },
  ]);
}
