import type { ServiceContext } from "../../../context.ts";
import { authorizeTeamAdmin } from "../../access.ts";
import { readKey } from "./internal.ts";
import type { ApiKeyView } from "./schemas.ts";
import { viewApiKey } from "./view-api-key.ts";

/** One API key of the team, without its secret. @throws ServiceError not-found; forbidden below admin */
export async function getApiKey(ctx: ServiceContext, input: { keyId: string }): Promise<ApiKeyView> {
  const { teamId } = authorizeTeamAdmin(ctx);
  return viewApiKey(ctx.db.reader, await readKey(ctx.db.reader, input.keyId, teamId), ctx.clock.nowMs());
}
