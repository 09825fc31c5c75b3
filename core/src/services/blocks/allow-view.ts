import type { CallerRow } from "@switchboard/db/queries/callers";
import type { allowedContacts } from "@switchboard/db/schema";
import { toInstant } from "../bots/internal.ts";
import type { AllowedContactView } from "./schemas.ts";

/** An entry of the allow list as the database holds it. */
export type AllowRow = typeof allowedContacts.$inferSelect;

/** The representation of an entry of the allow list; one that has run out stays until it is removed. */
export function toAllowView(allow: AllowRow, caller: CallerRow, nowMs: number): AllowedContactView {
  const active = allow.expiresAtMs === null || nowMs < allow.expiresAtMs;
  return {
    id: allow.id,
    phoneNumber: caller.phoneNumber,
    lid: caller.lid,
    name: caller.name,
    note: allow.note,
    createdAt: toInstant(allow.createdAtMs),
    createdBy: allow.createdBy,
    expiresAt: allow.expiresAtMs === null ? null : toInstant(allow.expiresAtMs),
    active,
    mayNotMatchYet: active && caller.lid === null,
  };
}
