import { apiKeys, recipientKeys } from "@switchboard/db/schema";
import { and, eq, getTableColumns, gt, isNotNull, isNull, lte, type SQL, sql } from "drizzle-orm";
import type { z } from "zod";
import type { ServiceContext } from "../../../context.ts";
import { authorizeTeamAdmin } from "../../access.ts";
import { type Page, readNewestFirst } from "../../pages.ts";
import { toApiKeyView } from "./internal.ts";
import type { ApiKeyView, listApiKeysSchema } from "./schemas.ts";

type ListInput = z.output<typeof listApiKeysSchema>;

/** The team's API keys, newest first, without their secrets. @throws ServiceError forbidden below admin */
export async function listApiKeys(ctx: ServiceContext, input: ListInput): Promise<Page<ApiKeyView>> {
  const { teamId } = authorizeTeamAdmin(ctx);
  const nowMs = ctx.clock.nowMs();
  const isRecipient = and(eq(recipientKeys.apiKeyId, apiKeys.id), isNull(recipientKeys.replacedAtMs));
  const isWanted = and(eq(apiKeys.teamId, teamId), hasStatus(input.status, nowMs), ...filters(input));
  return readNewestFirst(
    input,
    apiKeys.id,
    ({ isBeyond, order, rowsMax }) =>
      ctx.db.reader
        .select({ ...getTableColumns(apiKeys), recipient: recipientKeys.thumbprint })
        .from(apiKeys)
        .leftJoin(recipientKeys, isRecipient)
        .where(and(isWanted, isBeyond))
        .orderBy(order)
        .limit(rowsMax),
    (row) => toApiKeyView(row, row.recipient, nowMs),
  );
}

function filters({ name, botId }: ListInput): SQL[] {
  const hasName = name === undefined ? [] : [sql`instr(lower(${apiKeys.name}), lower(${name})) > 0`];
  if (botId === undefined) return hasName;
  const isNamed = sql`exists (select 1 from json_each(${apiKeys.botIds}) where value = ${botId})`;
  return [...hasName, sql`(${apiKeys.botIds} is null or ${isNamed})`];
}

/** The same order of questions as in the view: revoked before expired before disabled. */
function hasStatus(status: ListInput["status"], nowMs: number): SQL | undefined {
  if (status === undefined) return undefined;
  if (status === "revoked") return isNotNull(apiKeys.revokedAtMs);
  const isKept = isNull(apiKeys.revokedAtMs);
  if (status === "expired") return and(isKept, lte(apiKeys.expiresAtMs, nowMs));
  const isDisabled = status === "disabled" ? isNotNull(apiKeys.disabledAtMs) : isNull(apiKeys.disabledAtMs);
  return and(isKept, gt(apiKeys.expiresAtMs, nowMs), isDisabled);
}
