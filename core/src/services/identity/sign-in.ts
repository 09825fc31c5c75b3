import type { z } from "zod";
import type { ServiceContext } from "../../context.ts";
import { invalid, ServiceError } from "../../errors.ts";
import { askedTeamId } from "../branded-ids.ts";
import { addPersonalToken, findPerson } from "./internal.ts";
import { isPasswordUnchanged } from "./is-password-unchanged.ts";
import { findByEmail } from "./password-account.ts";
import type { PersonView, signInSchema } from "./schemas.ts";
import { noteAcceptedSignIn, noteRefusedSignIn, throttleSignIn } from "./watch-sign-in.ts";

/**
 * Signs a person in from a tool and gives a personal access token for one of their teams. An unknown address and a wrong
 * password are told apart by neither text nor work.
 * @throws ServiceError unauthenticated; validation-failed for a team one is not in, told to the right password only;
 *   rate-limited after too many tries for one address or from one place
 */
export async function signIn(
  ctx: ServiceContext,
  input: z.output<typeof signInSchema>,
): Promise<PersonView & { token: string; expiresAt: string }> {
  await throttleSignIn(ctx, input.email);
  const row = await findByEmail(ctx.db.reader, input.email);
  const isRight = await ctx.passwords.verify(input.password, row?.passwordHash ?? ctx.passwords.decoy);
  const teamId = input.teamId === undefined ? undefined : askedTeamId(input.teamId);
  const person = row && isRight ? await findPerson(ctx.db.reader, row.userId, teamId) : null;
  if (!person) {
    await noteRefusedSignIn(ctx, input.email);
    if (row && isRight && teamId !== undefined) throw invalid("teamId", "You belong to no such team.");
    throw wrong();
  }
  const compared = { userId: person.userId, passwordHash: row?.passwordHash ?? "" };
  const signedIn = await ctx.db.write(async (tx) => {
    if (!(await isPasswordUnchanged(tx, compared))) return null;
    await noteAcceptedSignIn(tx, ctx, input.email, person);
    return { ...person, ...(await addPersonalToken(tx, ctx, person, input.tokenName)) };
  });
  if (signedIn) return signedIn;
  await noteRefusedSignIn(ctx, input.email);
  throw wrong();
}

const wrong = () =>
  new ServiceError("unauthenticated", "The e-mail address or the password is wrong.", {}, { isAudited: true });
