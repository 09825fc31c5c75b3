import { randomBytes } from "../../crypto/bytes.ts";
import { closeRestored, type RestoredRecord, renumberRestoredPreKeys } from "../../domain/restored-session.ts";
import { CREDS_TYPE } from "./open-record-store.ts";

/**
 * The value that a record of a session which may be older than what was sent from it is to have: see domain/restored-session.ts.
 * null: the record goes. Of each call new credentials count their pre-keys from another place.
 * @throws SyntaxError, TypeError when the value has not the form of its type
 */
export const closeStaleRecord = (record: RestoredRecord, nowMs: number): string | null =>
  record.type === CREDS_TYPE ? renumberRestoredPreKeys(record.value, randomShare()) : closeRestored(record, nowMs);

/** A random number from 0 up to 1. */
const randomShare = (): number => new DataView(randomBytes(4).buffer).getUint32(0) / 2 ** 32;
