import type { z } from "zod";
import type { ServiceContext } from "../../../context.ts";
import { authorizePerson } from "../../access.ts";
import { writeAudit } from "../../records.ts";
import { endTokensOfPerson } from "../../sessions/end-tokens-of-person.ts";
import { endPersonalTokens, endSignIns, ownSignInId, ownTokenId } from "./end-credentials.ts";
import type { EndedCredentials, signOutEverywhereSchema } from "./schemas.ts";

/**
 * Ends every browser sign-in, personal access token and session token of the person who asks, in every team: the next
 * request of each is refused. Asks for no recent password, since it may have to be quick. API keys are the team's and go on.
 * @throws ServiceError forbidden for credentials that stand for no person
 */
export async function signOutEverywhere(
  ctx: ServiceContext,
  input: z.output<typeof signOutEverywhereSchema>,
): Promise<EndedCredentials> {
  const person = authorizePerson(ctx);
  const { userId, teamId } = person;
  const kept = input.keepThis ? person : null;
  return ctx.db.write(async (tx) => {
    const signIns = await endSignIns(tx, ctx, { userId, exceptId: kept && ownSignInId(kept) });
    const tokens = await endPersonalTokens(tx, ctx, { userId, exceptId: kept && ownTokenId(kept) });
    const sessionTokens = await endTokensOfPerson(tx, ctx, { teamId: "every", userId });
    const detail = { signIns, tokens, sessionTokens, keepThis: input.keepThis };
    await writeAudit(tx, ctx, { action: "user.sign-out-everywhere", objectId: userId, teamId, detail });
    return { signIns, tokens, sessionTokens };
  });
}
