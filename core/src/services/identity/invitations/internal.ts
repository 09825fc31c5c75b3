import { oneTimeCodes } from "@switchboard/db/schema";
import { and, eq, isNotNull, isNull, lte, type SQL } from "drizzle-orm";
import { toInstant } from "../../bots/internal.ts";
import { isOpen, type OneTimeCodeRow } from "../one-time-codes.ts";
import type { InvitationView } from "./schemas.ts";

type Status = InvitationView["status"];

/** A stored invitation as it is shown. */
export function toInvitationView(row: OneTimeCodeRow, nowMs: number): InvitationView {
  const { email, role } = row;
  if (email === null || role === null) throw new Error("an invitation names an e-mail address and a role");
  return {
    id: row.id,
    email,
    role,
    status: statusOf(row, nowMs),
    createdBy: row.createdBy,
    createdAt: toInstant(row.createdAtMs),
    expiresAt: toInstant(row.expiresAtMs),
    usedAt: row.usedAtMs === null ? null : toInstant(row.usedAtMs),
    revokedAt: row.revokedAtMs === null ? null : toInstant(row.revokedAtMs),
  };
}

/** True of the rows that {@link toInvitationView} shows with this status. */
export function hasStatus(status: Status, nowMs: number): SQL | undefined {
  const { usedAtMs, revokedAtMs, expiresAtMs } = oneTimeCodes;
  switch (status) {
    case "open":
      return isOpen(nowMs);
    case "used":
      return isNotNull(usedAtMs);
    case "revoked":
      return and(isNull(usedAtMs), isNotNull(revokedAtMs));
    case "expired":
      return and(isNull(usedAtMs), isNull(revokedAtMs), lte(expiresAtMs, nowMs));
  }
}

/** Only invitations: password resets are in the same table. */
export const isInvitation = eq(oneTimeCodes.kind, "invitation");

function statusOf(row: OneTimeCodeRow, nowMs: number): Status {
  if (row.usedAtMs !== null) return "used";
  if (row.revokedAtMs !== null) return "revoked";
  return row.expiresAtMs <= nowMs ? "expired" : "open";
}
