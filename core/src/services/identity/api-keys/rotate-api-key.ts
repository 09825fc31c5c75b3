import { apiKeys, type TeamId } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { and, gt, isNull, sql } from "drizzle-orm";
import type { z } from "zod";
import type { ServiceContext } from "../../../context.ts";
import { dayMs } from "../../../domain/time-window.ts";
import { ServiceError } from "../../../errors.ts";
import { authorizeTeamAdmin, requireRecentPassword } from "../../access.ts";
import { cutLeasesToKey } from "../../custody/revoke-leases-of-key.ts";
import { writeAudit } from "../../records.ts";
import { findRecipient } from "../../sessions/recipients.ts";
import { storeRecipient } from "../../sessions/set-recipient.ts";
import { toScopes } from "../internal.ts";
import {
  type ApiKeyRow,
  auditOf,
  isKeyOfTeam,
  newKeyCredential,
  readKey,
  requireKeyMaker,
  storeKey,
} from "./internal.ts";
import type { CreatedApiKey, rotateApiKeySchema } from "./schemas.ts";

/**
 * Makes the successor of a key, with the same name, scopes, bots, ranges, quota and recipient key: what was sealed before is
 * never plain after it. The old key works on through the
 * overlap, or to its own end where that comes first; session tokens made with it stay bound to it, and its leases end with
 * it unless the successor extends them before. Without an overlap they are revoked. A key is rotated
 * once: of parallel rotations one wins. The answer holds the new secret, which cannot be shown again.
 * @throws ServiceError not-found; forbidden below admin; confirmation-required; conflict for a key that has ended, is
 *   disabled or was rotated
 */
export async function rotateApiKey(
  ctx: ServiceContext,
  input: { keyId: string } & z.output<typeof rotateApiKeySchema>,
): Promise<CreatedApiKey> {
  const { teamId } = authorizeTeamAdmin(ctx);
  requireRecentPassword(ctx);
  const credential = await newKeyCredential(ctx);
  const nowMs = ctx.clock.nowMs();
  const view = await ctx.db.write(async (tx) => {
    const before = await readKey(tx, input.keyId, teamId);
    await requireKeyMaker(tx, ctx, toScopes(before.scopes));
    const successorId = credential.columns.id;
    const { overlapSeconds } = input;
    const old = await handOver(tx, before, { teamId, successorId, nowMs, endsAtMs: nowMs + overlapSeconds * 1000 });
    await cutLeasesToKey(tx, ctx, old);
    await writeAudit(tx, ctx, { ...auditOf("api-key.rotate", old), detail: { successorId, overlapSeconds } });
    const { name, scopes, botIds, cidrs, requestsPerMinute } = old;
    const lifeMs = input.expiresInDays ? input.expiresInDays * dayMs : before.expiresAtMs - before.createdAtMs;
    const same = { teamId, name, scopes, botIds, cidrs, requestsPerMinute, expiresAtMs: nowMs + lifeMs };
    const recipient = await findRecipient(tx, old.id);
    const detail = { replaces: old.id, ...(recipient ? { recipient: recipient.id } : {}) };
    const made = await storeKey(tx, ctx, { ...credential.columns, ...same }, detail);
    if (recipient) await storeRecipient(tx, ctx, { keyId: made.id, teamId, recipient });
    return made;
  });
  return { ...view, secret: credential.text };
}

interface HandOver {
  readonly teamId: TeamId;
  readonly successorId: string;
  readonly nowMs: number;
  readonly endsAtMs: number;
}

/**
 * Names the successor and brings the end forward, in one statement that takes a key once: the second of two rotations
 * finds the successor there. Example: end in 40 days, overlap of a day: the end is tomorrow.
 */
async function handOver(tx: Transaction, before: ApiKeyRow, { teamId, successorId, nowMs, endsAtMs }: HandOver) {
  const isRotatable = and(
    isNull(apiKeys.revokedAtMs),
    isNull(apiKeys.disabledAtMs),
    isNull(apiKeys.successorId),
    gt(apiKeys.expiresAtMs, nowMs),
  );
  const [old] = await tx
    .update(apiKeys)
    .set({ successorId, expiresAtMs: sql`min(${apiKeys.expiresAtMs}, ${endsAtMs})` })
    .where(and(isKeyOfTeam(before.id, teamId), isRotatable))
    .returning();
  if (old) return old;
  const why = before.successorId === null ? "has ended or is disabled" : "was rotated already";
  throw new ServiceError("conflict", `This key ${why}. It cannot be rotated.`);
}
