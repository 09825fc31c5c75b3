import {
  accounts,
  type BotId,
  callBlockingSettings,
  custody,
  type TeamId,
  teamMembers,
  teams,
  userSessions,
  users,
} from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import type { Actor, ServiceContext } from "../context.ts";
import type { Role, Scope } from "../domain/vocabulary.ts";
import { createBot } from "../services/bots/create-bot.ts";
import { newTeamId } from "../services/branded-ids.ts";
import type { TestContext } from "./test-context.ts";

let serial = 0;

/** A number that no other row of this process has, for names. */
export const uniqueNumber = (): number => ++serial;

/** An IPv4 address that no other test of this process has, so that tests do not use up one another's tries. */
export const uniqueAddress = (): string => {
  const number = uniqueNumber();
  return `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
};

/** A new team with one person in it; answers that person as an actor. */
export async function addTeam(test: TestContext, role: Role = "owner"): Promise<Extract<Actor, { kind: "user" }>> {
  const { ids, clock } = test.as({ kind: "system", name: "test" });
  const teamId = newTeamId(ids);
  const createdAt = new Date(clock.nowMs());
  await test.db.write(async (tx) => {
    await tx.insert(teams).values({ id: teamId, name: `Team ${uniqueNumber()}`, slug: teamId, createdAt });
  });
  return addPerson(test, teamId, role);
}

/** One more person of a team, as an actor. */
export async function addPerson(
  test: TestContext,
  teamId: TeamId,
  role: Role,
): Promise<Extract<Actor, { kind: "user" }>> {
  const { ids, clock } = test.as({ kind: "system", name: "test" });
  const userId = ids.next("user");
  const createdAt = new Date(clock.nowMs());
  const person = { id: userId, name: `Person ${uniqueNumber()}`, email: `${userId}@example.test`, createdAt };
  const member = { id: ids.next("member"), organizationId: teamId, userId, role, createdAt };
  await test.db.write(async (tx) => {
    await tx.insert(users).values({ ...person, updatedAt: createdAt });
    await tx.insert(teamMembers).values(member);
  });
  return { kind: "user", userId, teamId, role, signInId: null, confirmedAtMs: clock.nowMs() };
}

/** The same person, whose password was given just now: the clock of a test may have moved on since they were made. */
export const justConfirmed = <P extends { readonly confirmedAtMs: number }>(
  test: Pick<TestContext, "clock">,
  person: P,
): P => ({ ...person, confirmedAtMs: test.clock.nowMs() });

/** Puts a person into one more team; answers them as an actor there. */
export async function addMembership(
  test: TestContext,
  person: Extract<Actor, { kind: "user" }>,
  teamId: TeamId,
  role: Role,
): Promise<Extract<Actor, { kind: "user" }>> {
  const { ids, clock } = test.as({ kind: "system", name: "test" });
  const member = { id: ids.next("member"), organizationId: teamId, userId: person.userId, role };
  await test.db.write(async (tx) => {
    await tx.insert(teamMembers).values({ ...member, createdAt: new Date(clock.nowMs()) });
  });
  return { ...person, teamId, role };
}

/** Gives a person a password, and the e-mail address to sign in with. */
export async function givePassword(
  test: TestContext,
  { userId }: { userId: string },
  password: string,
): Promise<string> {
  const { ids, clock, passwords } = test.as({ kind: "system", name: "test" });
  const stamp = new Date(clock.nowMs());
  const account = { id: ids.next("account"), userId, accountId: userId, providerId: "credential" };
  const hash = await passwords.hash(password);
  const [person] = await test.db.reader.select({ email: users.email }).from(users).where(eq(users.id, userId));
  if (!person) throw new Error("there is no such person");
  await test.db.write(async (tx) => {
    await tx.insert(accounts).values({ ...account, password: hash, createdAt: stamp, updatedAt: stamp });
  });
  return person.email;
}

/** A browser sign-in of a person, made just now, as an actor. The cookie that belongs to it is nobody's. */
export async function addBrowserSignIn(
  test: TestContext,
  person: Extract<Actor, { kind: "user" }>,
): Promise<Extract<Actor, { kind: "user" }> & { readonly signInId: string }> {
  const { ids, clock } = test.as({ kind: "system", name: "test" });
  const signInId = ids.next("signIn");
  const now = new Date(clock.nowMs());
  const expiresAt = new Date(now.getTime() + 1_800_000);
  const row = { id: signInId, userId: person.userId, token: crypto.randomUUID(), expiresAt };
  await test.db.write(async (tx) => {
    await tx.insert(userSessions).values({ ...row, createdAt: now, updatedAt: now });
  });
  return { ...person, signInId, confirmedAtMs: now.getTime() };
}

/** An API key as an actor; there is no row behind it, since the verbs look at the actor only. */
export function apiKeyActor(
  teamId: TeamId,
  scopes: readonly Scope[],
  botIds: readonly BotId[] | null = null,
): Extract<Actor, { kind: "api-key" }> {
  return { kind: "api-key", keyId: `key_test${uniqueNumber()}`, teamId, scopes, botIds, requestsPerMinute: null };
}

/** A bot made through its verb, with call blocking off. */
export async function addBot(test: TestContext, owner: Actor, timeZone = "UTC"): Promise<BotId> {
  const bot = await createBot(test.as(owner), { name: `Bot ${uniqueNumber()}`, timeZone });
  return bot.id;
}

/** What a worker shows with every write for a bot. */
export interface TestLease {
  readonly botId: BotId;
  readonly leaseId: string;
  readonly epoch: number;
}

/** Gives the bot to a worker, whoever held it before: the epoch rises by one, so that an earlier lease is stale. */
export async function holdBot(test: TestContext, botId: BotId, workerId = "wrk_test"): Promise<TestLease> {
  const { ids, clock } = test.as({ kind: "worker", workerId });
  const leaseId = ids.next("lease");
  const [before] = await test.db.reader.select().from(custody).where(eq(custody.botId, botId));
  const epoch = (before?.epoch ?? 0) + 1;
  const grantedAtMs = clock.nowMs();
  const grant = { grantedAtMs, expiresAtMs: grantedAtMs + 120_000 };
  await test.db.write(async (tx) => {
    await tx
      .update(custody)
      .set({ epoch, leaseId, state: "held", holderKind: "worker", holderId: workerId, isClean: false, ...grant })
      .where(eq(custody.botId, botId));
  });
  return { botId, leaseId, epoch };
}

/** Writes call blocking settings straight into the row; screening is on unless `changes` says otherwise. */
export async function setScreening(
  test: Pick<TestContext, "db">,
  botId: BotId,
  changes: Partial<typeof callBlockingSettings.$inferInsert> = {},
): Promise<void> {
  await test.db.write(async (tx) => {
    await tx
      .update(callBlockingSettings)
      .set({ isEnabled: true, ...changes })
      .where(eq(callBlockingSettings.botId, botId));
  });
}

/** The context of the worker that holds the bots of a test. */
export const workerContext = (test: TestContext, changes: Partial<ServiceContext> = {}): ServiceContext =>
  test.as({ kind: "worker", workerId: "wrk_test" }, changes);
