import type { Actor } from "@switchboard/core/context";
import type { Role, Scope } from "@switchboard/core/domain/vocabulary";
import { createApiKey } from "@switchboard/core/services/identity/api-keys/create-api-key";
import { createApiKeySchema } from "@switchboard/core/services/identity/api-keys/schemas";
import { addPersonalToken } from "@switchboard/core/services/identity/internal";
import { addPerson, addTeam, justConfirmed, uniqueNumber } from "@switchboard/core/testing/factories";
import type { TestContext } from "@switchboard/core/testing/test-context";

type User = Extract<Actor, { kind: "user" }>;

/** A team's owner, as an actor and with a token that REST accepts. */
export interface Owner {
  readonly user: User;
  readonly token: string;
}

/** A new team with its owner. */
export async function addOwner(test: TestContext): Promise<Owner> {
  const user = await addTeam(test);
  return { user, token: await addToken(test, user) };
}

/** A personal access token of a new member of the team. */
export async function addMemberToken(test: TestContext, owner: Owner, role: Role): Promise<string> {
  return addToken(test, await addPerson(test, owner.user.teamId, role));
}

/** What an API key may be limited by. */
export interface KeyLimits {
  readonly botIds?: readonly string[];
  readonly cidrs?: readonly string[];
  readonly expiresInDays?: number;
  readonly requestsPerMinute?: number;
}

/** A real API key of the owner's team. */
export async function addKey(
  test: TestContext,
  owner: Owner,
  scopes: readonly Scope[],
  limits: KeyLimits = {},
): Promise<{ id: string; secret: string }> {
  const wish = createApiKeySchema.parse({ name: `key ${uniqueNumber()}`, scopes, ...limits });
  return createApiKey(test.as(justConfirmed(test, owner.user)), wish);
}

async function addToken(test: TestContext, user: User): Promise<string> {
  const ctx = test.as(user);
  const { token } = await ctx.db.write((tx) => addPersonalToken(tx, ctx, user, "test"));
  return token;
}
