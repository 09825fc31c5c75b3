import { apiKeys } from "@switchboard/db/schema";
import { and, gt, isNull } from "drizzle-orm";
import type { z } from "zod";
import type { ServiceContext } from "../../../context.ts";
import { ServiceError } from "../../../errors.ts";
import { authorizeTeamAdmin, requireRecentPassword } from "../../access.ts";
import { revokeLeasesOfKey } from "../../custody/revoke-leases-of-key.ts";
import { writeAudit } from "../../records.ts";
import { type ApiKeyRow, auditOf, isKeyOfTeam, plainApproval, readKey, requireCidrs } from "./internal.ts";
import type { ApiKeyView, updateApiKeySchema } from "./schemas.ts";
import { viewApiKey } from "./view-api-key.ts";

type Changes = z.output<typeof updateApiKeySchema>;

/**
 * Renames, disables, enables or limits a key. It holds from the key's next request on, and for the session tokens made
 * with it. A disabled key's leases are over at once. Disabling takes nobody's password; what lets the key do more asks for a recent one.
 * @throws ServiceError not-found; forbidden below admin; confirmation-required; conflict for a key that has ended
 */
export async function updateApiKey(ctx: ServiceContext, input: { keyId: string } & Changes): Promise<ApiKeyView> {
  const { teamId } = authorizeTeamAdmin(ctx);
  const { keyId, ...changes } = input;
  requireCidrs(changes.cidrs);
  const nowMs = ctx.clock.nowMs();
  return ctx.db.write(async (tx) => {
    const before = await readKey(tx, keyId, teamId);
    const isWidened = mayDoMore(before, changes);
    if (isWidened) requireRecentPassword(ctx);
    const isAlive = and(isNull(apiKeys.revokedAtMs), gt(apiKeys.expiresAtMs, nowMs));
    const [row] = await tx
      .update(apiKeys)
      .set(toColumns(before, changes, nowMs))
      .where(and(isKeyOfTeam(keyId, teamId), isAlive))
      .returning();
    if (!row) throw new ServiceError("conflict", "This key has ended. Make a new one.");
    const approval = isWidened ? plainApproval(ctx, row.scopes) : {};
    await writeAudit(tx, ctx, { ...auditOf("api-key.update", row), detail: { ...changes, ...approval } });
    if (row.disabledAtMs !== null) await revokeLeasesOfKey(tx, ctx, row.id);
    return viewApiKey(tx, row, nowMs);
  });
}

/** Only a number below the present one is certainly less: without one, the installation's quota holds. */
function mayDoMore(before: ApiKeyRow, { disabled, cidrs, requestsPerMinute }: Changes): boolean {
  const isEnabled = disabled === false && before.disabledAtMs !== null;
  const isMoved = cidrs !== undefined && JSON.stringify(cidrs) !== JSON.stringify(before.cidrs);
  return isEnabled || isMoved || (requestsPerMinute !== undefined && isRaised(before, requestsPerMinute));
}

function isRaised({ requestsPerMinute: before }: ApiKeyRow, after: number | null): boolean {
  return after !== before && (before === null || after === null || after > before);
}

const toColumns = (before: ApiKeyRow, { disabled, name, cidrs, requestsPerMinute }: Changes, nowMs: number) => ({
  name: name ?? before.name,
  cidrs: cidrs === undefined ? before.cidrs : cidrs,
  requestsPerMinute: requestsPerMinute === undefined ? before.requestsPerMinute : requestsPerMinute,
  disabledAtMs: (disabled ?? before.disabledAtMs !== null) ? (before.disabledAtMs ?? nowMs) : null,
});
