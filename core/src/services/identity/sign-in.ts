import { accounts, users } from "@switchboard/db/schema";
import { and, eq } from "drizzle-orm";
import type { z } from "zod";
import type { ServiceContext } from "../../context.ts";
import { ServiceError } from "../../errors.ts";
import { takePoint } from "../limits/take-point.ts";
import { writeAudit } from "../records.ts";
import { addPersonalToken, findPerson } from "./internal.ts";
import type { PersonView, signInSchema } from "./schemas.ts";

const THROTTLE_SECONDS = 15 * 60;
const TRIES_PER_EMAIL = 10;
const TRIES_PER_ADDRESS = 50;

/**
 * Signs a person in from a tool and gives a personal access token. An unknown address and a wrong password are told
 * apart by neither text nor work.
 * @throws ServiceError unauthenticated; rate-limited after too many tries for one address or from one place
 */
export async function signIn(
  ctx: ServiceContext,
  input: z.output<typeof signInSchema>,
): Promise<PersonView & { token: string; expiresAt: string }> {
  await takePoint(ctx, `sign-in:email:${input.email}`, TRIES_PER_EMAIL, THROTTLE_SECONDS);
  await takePoint(ctx, `sign-in:address:${ctx.request.address ?? "none"}`, TRIES_PER_ADDRESS, THROTTLE_SECONDS);
  const [row] = await ctx.db.reader
    .select({ userId: users.id, password: accounts.password })
    .from(users)
    .innerJoin(accounts, and(eq(accounts.userId, users.id), eq(accounts.providerId, "credential")))
    .where(eq(users.email, input.email));
  const isRight = await ctx.passwords.verify(input.password, row?.password ?? (await decoyHash(ctx)));
  const person = row && isRight ? await findPerson(ctx.db.reader, row.userId) : null;
  if (!person) {
    await noteFailure(ctx, row?.userId ?? null);
    throw new ServiceError("unauthenticated", "The e-mail address or the password is wrong.");
  }
  return ctx.db.write(async (tx) => {
    const target = { objectKind: "user", objectId: person.userId, teamId: person.teamId };
    await writeAudit(tx, ctx, { action: "user.sign-in", ...target });
    return { ...person, ...(await addPersonalToken(tx, ctx, person, input.tokenName)) };
  });
}

let decoy: Promise<string> | null = null;

/** A real hash of a password nobody knows, so that an unknown address costs the same work. */
function decoyHash(ctx: ServiceContext): Promise<string> {
  decoy ??= ctx.passwords.hash(crypto.randomUUID());
  return decoy;
}

async function noteFailure(ctx: ServiceContext, userId: string | null): Promise<void> {
  const target = { objectKind: "user", objectId: userId, teamId: null };
  await ctx.db.write((tx) => writeAudit(tx, ctx, { action: "user.sign-in", ...target, outcome: "denied" }));
}
