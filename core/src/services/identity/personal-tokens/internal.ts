import type { personalTokens } from "@switchboard/db/schema";
import type { Actor } from "../../../context.ts";
import { toInstant } from "../../bots/internal.ts";
import { toInstantOrNull } from "../internal.ts";
import type { PersonalTokenView } from "./schemas.ts";

type TokenRow = typeof personalTokens.$inferSelect;

/** A stored token as it is shown to `actor`. */
export function toPersonalTokenView(row: TokenRow, actor: Actor, nowMs: number): PersonalTokenView {
  const isOver = row.expiresAtMs <= nowMs;
  return {
    id: row.id,
    userId: row.userId,
    name: row.name,
    prefix: `sb_pat_${row.publicId}`,
    status: row.revokedAtMs !== null ? "revoked" : isOver ? "expired" : "active",
    current: actor.kind === "personal-access-token" && actor.tokenId === row.id,
    createdAt: toInstant(row.createdAtMs),
    expiresAt: toInstant(row.expiresAtMs),
    revokedAt: toInstantOrNull(row.revokedAtMs),
    lastUsedAt: toInstantOrNull(row.lastUsedAtMs),
    lastUsedAddress: row.lastUsedAddress,
    lastUsedUserAgent: row.lastUsedUserAgent,
  };
}
