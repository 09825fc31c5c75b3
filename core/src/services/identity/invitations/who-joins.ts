import type { TeamId } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import type { ServiceContext } from "../../../context.ts";
import { invalid, ServiceError } from "../../../errors.ts";
import { authorizePerson, requireRecentPassword } from "../../access.ts";
import { isPasswordUnchanged } from "../is-password-unchanged.ts";
import { findByEmail } from "../password-account.ts";
import { requireStrongPassword } from "../password-rules.ts";
import { addPerson } from "../people/internal.ts";
import { passwordSchema } from "../schemas.ts";
import { storePassword } from "../store-password.ts";
import { readTeamName } from "../teams/internal.ts";
import { noteAcceptedSignIn, noteRefusedSignIn, throttleSignIn } from "../watch-sign-in.ts";

/** Somebody who proved to be the one that was invited, or that nobody was there before. */
export interface Joining {
  /** Makes the person where there was none, in the transaction that joins; answers who it is. */
  readonly enter: (tx: Transaction) => Promise<string>;
  /** What the token is called and when the password was given for it, null for just now; null: no token is needed. */
  readonly token: { readonly name: string; readonly confirmedAtMs: number | null } | null;
}

interface Invited {
  readonly email: string;
  readonly teamId: TeamId;
}

interface Given {
  readonly name?: string | undefined;
  readonly password?: string | undefined;
}

const TOKEN_NAME = "invitation";

/**
 * Finds out who accepts an invitation whose code was found to be good, before anything is written.
 * @throws ServiceError see acceptInvitation
 */
export async function whoJoins(ctx: ServiceContext, given: Given, invited: Invited): Promise<Joining> {
  const isAnonymous = ctx.actor.kind === "anonymous";
  const known = await findByEmail(ctx.db.reader, invited.email);
  if (!isAnonymous) return signedInPerson(ctx, known?.userId);
  return known ? knownPerson(ctx, given, { ...invited, ...known }) : newPerson(ctx, given, invited);
}

function signedInPerson(ctx: ServiceContext, invitedId: string | undefined): Joining {
  const person = authorizePerson(ctx);
  if (person.userId !== invitedId)
    throw new ServiceError(
      "forbidden",
      "This invitation is for another e-mail address than the one you signed in with.",
    );
  requireRecentPassword(ctx);
  // Not "now": whoever holds a token could otherwise have a fresh one made by an invitation.
  const token = person.kind === "user" ? null : { name: TOKEN_NAME, confirmedAtMs: person.confirmedAtMs };
  return { enter: async () => person.userId, token };
}

async function knownPerson(
  ctx: ServiceContext,
  { password }: Given,
  known: Invited & { userId: string; passwordHash: string | null },
): Promise<Joining> {
  if (password === undefined)
    throw invalid("password", "You have an account here already: give its password, or sign in before you accept.");
  await throttleSignIn(ctx, known.email);
  const { userId, passwordHash } = known;
  if (passwordHash === null || !(await ctx.passwords.verify(password, passwordHash))) {
    await noteRefusedSignIn(ctx, known.email);
    const message = "You have an account here already, and this is not its password.";
    throw new ServiceError("unauthenticated", message, {}, { isAudited: true });
  }
  const enter = async (tx: Transaction) => {
    if (!(await isPasswordUnchanged(tx, { userId, passwordHash })))
      throw new ServiceError("unauthenticated", "Your password was changed meanwhile. Accept with the new one.");
    await noteAcceptedSignIn(tx, ctx, known.email, known);
    return userId;
  };
  return { enter, token: { name: TOKEN_NAME, confirmedAtMs: null } };
}

async function newPerson(ctx: ServiceContext, { name, password }: Given, invited: Invited): Promise<Joining> {
  if (name === undefined) throw invalid("name", "Say what others are to call you.");
  const checked = passwordSchema.safeParse(password ?? "");
  if (!checked.success) throw invalid("password", checked.error.issues[0]?.message ?? "Choose another password.");
  const hints = [name, invited.email, await readTeamName(ctx.db.reader, invited.teamId)];
  await requireStrongPassword(ctx, "password", checked.data, hints);
  const passwordHash = await ctx.passwords.hash(checked.data);
  const enter = async (tx: Transaction) => {
    const userId = await addPerson(tx, ctx, { name, email: invited.email });
    if (userId === null)
      throw new ServiceError(
        "conflict",
        "Somebody with this e-mail address came in a moment ago. Sign in, then accept.",
      );
    await storePassword(tx, ctx, userId, passwordHash);
    return userId;
  };
  return { enter, token: { name: TOKEN_NAME, confirmedAtMs: null } };
}
