import { isAuthRecordType } from "../../domain/auth-record-types.ts";
import { sessionFileName } from "../../domain/session-files.ts";
import { ServiceError } from "../../errors.ts";
import { closeStaleRecord } from "../auth-state/close-stale-record.ts";
import { CREDS_ID, CREDS_TYPE } from "../auth-state/open-record-store.ts";
import type { CheckedSession } from "./check-files.ts";

/**
 * The session as it is safe to send from however old the files are: open conversations are closed, own keys of groups and
 * what others are said to have are left out, and pre-keys count on from another place. Each contact costs a new
 * conversation with the next message to them; what they still send under the old one can be read.
 * @throws ServiceError validation-failed, naming a file that no client could read
 */
export function closeStaleSession(session: CheckedSession, nowMs: number): CheckedSession {
  const records = session.records.flatMap(({ type, id, value }) => {
    if (value === null) return [];
    const closed = closeNamed({ type, id, value }, nowMs);
    return closed === null ? [] : [{ type, id, value: closed }];
  });
  const creds = closeStaleRecord({ type: CREDS_TYPE, id: CREDS_ID, value: session.creds }, nowMs);
  return { ...session, creds: creds ?? session.creds, records };
}

function closeNamed(record: { type: string; id: string; value: string }, nowMs: number): string | null {
  try {
    return closeStaleRecord(record, nowMs);
  } catch (err) {
    if (!(err instanceof SyntaxError || err instanceof TypeError)) throw err;
    throw unreadable(record);
  }
}

function unreadable({ type, id }: { type: string; id: string }): ServiceError {
  const path = isAuthRecordType(type) ? `files.${sessionFileName(type, id)}` : "files";
  return new ServiceError("validation-failed", "The files are not a session of Baileys. Nothing was stored.", {
    errors: [{ path, message: "Holds what no client can read." }],
  });
}
