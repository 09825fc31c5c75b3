import { accounts, users } from "@switchboard/db/schema";
import { and, eq } from "drizzle-orm";
import type { z } from "zod";
import type { ServiceContext } from "../../context.ts";
import { ServiceError } from "../../errors.ts";
import type { Passwords } from "../../ports/passwords.ts";
import { addPersonalToken, findPerson } from "./internal.ts";
import type { PersonView, signInSchema } from "./schemas.ts";
import { noteAcceptedSignIn, noteRefusedSignIn, throttleSignIn } from "./watch-sign-in.ts";

/**
 * Signs a person in from a tool and gives a personal access token. An unknown address and a wrong password are told
 * apart by neither text nor work.
 * @throws ServiceError unauthenticated; rate-limited after too many tries for one address or from one place
 */
export async function signIn(
  ctx: ServiceContext,
  input: z.output<typeof signInSchema>,
): Promise<PersonView & { token: string; expiresAt: string }> {
  await throttleSignIn(ctx, input.email);
  const [row] = await ctx.db.reader
    .select({ userId: users.id, password: accounts.password })
    .from(users)
    .innerJoin(accounts, and(eq(accounts.userId, users.id), eq(accounts.providerId, "credential")))
    .where(eq(users.email, input.email));
  const isRight = await ctx.passwords.verify(input.password, row?.password ?? (await decoyHash(ctx)));
  const person = row && isRight ? await findPerson(ctx.db.reader, row.userId) : null;
  if (!person) {
    await noteRefusedSignIn(ctx, input.email);
    throw new ServiceError("unauthenticated", "The e-mail address or the password is wrong.", {}, { isAudited: true });
  }
  return ctx.db.write(async (tx) => {
    await noteAcceptedSignIn(tx, ctx, input.email, person);
    return { ...person, ...(await addPersonalToken(tx, ctx, person, input.tokenName)) };
  });
}

const decoys = new WeakMap<Passwords, Promise<string>>();

/** A real hash of a password nobody knows, so that an unknown address costs the same work. */
function decoyHash({ passwords }: ServiceContext): Promise<string> {
  const decoy = decoys.get(passwords) ?? passwords.hash(crypto.randomUUID());
  decoys.set(passwords, decoy);
  return decoy;
}
