import type { CallRow } from "@switchboard/db/queries/screening";
import type { earlyCallEnds } from "@switchboard/db/schema";
import { type CallLife, unknownCall } from "../../domain/call-lifecycle.ts";
import type { RejectStatus } from "../../domain/vocabulary.ts";

/** The life of a call that has a row. */
export function lifeOfCall(row: CallRow): CallLife {
  const { isAccepted, endSign, ended, endedAtMs } = row;
  return { hasBegun: true, isAccepted, endSign, ended, endedAtMs, ownReject: ownRejectOf(row.rejectStatus) };
}

/** The life of a call whose end came before its beginning. */
export function lifeOfEarlyEnd(row: typeof earlyCallEnds.$inferSelect): CallLife {
  const { isAccepted, endSign, endedAtMs } = row;
  const ended = isAccepted && endSign !== null && endSign !== "answered-elsewhere" ? "answered" : endSign;
  return { ...unknownCall, isAccepted, endSign, ended, endedAtMs };
}

/** What of a life a row keeps. */
export function columnsOfLife({ isAccepted, endSign, ended, endedAtMs }: CallLife) {
  return { isAccepted, endSign, ended, endedAtMs };
}

/** A reject that was decided is as good as sent: the worker sends it at once. */
function ownRejectOf(status: RejectStatus): CallLife["ownReject"] {
  if (status === "none") return "none";
  return status === "confirmed" ? "confirmed" : "sent";
}
