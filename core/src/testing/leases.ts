import { type BotId, bots, custody } from "@switchboard/db/schema";
import { eq, sql } from "drizzle-orm";
import type { Actor, ServiceContext } from "../context.ts";
import type { Scope } from "../domain/vocabulary.ts";
import { type AcquireResult, acquireLease } from "../services/custody/acquire-lease.ts";
import type { GrantedLease } from "../services/custody/schemas.ts";
import { acquireForWorker, type WorkerLease } from "../services/custody/worker-leases.ts";
import { createApiKey } from "../services/identity/api-keys/create-api-key.ts";
import { createApiKeySchema } from "../services/identity/api-keys/schemas.ts";
import { addBot, addTeam, justConfirmed, uniqueNumber } from "./factories.ts";
import { linkBot } from "./linked-bot.ts";
import type { TestContext } from "./test-context.ts";

type Person = Extract<Actor, { kind: "user" }>;

/** An API key as it asks. */
export type KeyActor = Extract<Actor, { kind: "api-key" }>;

/** A real API key of the owner's team, which may take bots over unless told otherwise. */
export async function addKeyActor(
  test: TestContext,
  owner: Person,
  scopes: readonly Scope[] = ["session:lease", "session:takeover"],
): Promise<KeyActor> {
  const wish = createApiKeySchema.parse({ name: `key ${uniqueNumber()}`, scopes });
  const { id: keyId } = await createApiKey(test.as(justConfirmed(test, owner)), wish);
  return { kind: "api-key", keyId, teamId: owner.teamId, scopes, botIds: null, requestsPerMinute: null };
}

/** A team with a linked bot that nobody holds any more, and a key that may lease it. */
export async function addLeasable(test: TestContext) {
  const owner = await addTeam(test);
  const botId = await addBot(test, owner);
  await linkBot(test, botId);
  return { owner, botId, key: await addKeyActor(test, owner) };
}

type Wish = Omit<Parameters<typeof acquireLease>[1], "botId" | "idempotencyKey"> & {
  readonly idempotencyKey?: string | undefined;
};

/** Asks for a lease as a request would, under an Idempotency-Key of its own unless one is given. */
export const askForLease = (
  test: TestContext,
  actor: Actor,
  botId: string,
  wish: Wish = {},
  changes: Partial<ServiceContext> = {},
): Promise<AcquireResult> =>
  acquireLease(test.as(actor, changes), { idempotencyKey: `ask-${uniqueNumber()}`, ...wish, botId });

/** The lease that is granted at once. @throws Error when none is */
export async function takeLease(
  test: TestContext,
  actor: Actor,
  botId: string,
  wish: Wish = {},
): Promise<GrantedLease> {
  const result = await askForLease(test, actor, botId, wish);
  if (result.kind !== "granted") throw new Error("the lease was not granted at once");
  return result.lease;
}

/** A worker that holds the bot by the database's clock. @throws Error when it is not granted the bot */
export async function takeByWorker(test: TestContext, botId: BotId, workerId = "wrk_test"): Promise<WorkerLease> {
  const lease = await acquireForWorker(test.as({ kind: "worker", workerId }), { botId, workerId });
  if (!lease) throw new Error("the worker was not granted the bot");
  return lease;
}

/** The holder of a lease as an actor. */
export const holderOf = (key: KeyActor, botId: BotId, { leaseId, epoch }: Pick<GrantedLease, "leaseId" | "epoch">) =>
  ({ kind: "lease-token", leaseId, epoch, teamId: key.teamId, botId, keyId: key.keyId }) as const;

/** The rows of a bot's custody and of the bot itself. */
export async function custodyRowsOf(test: Pick<TestContext, "db">, botId: BotId) {
  const [found] = await test.db.reader
    .select({ bot: bots, custody })
    .from(bots)
    .innerJoin(custody, eq(custody.botId, bots.id))
    .where(eq(bots.id, botId));
  if (!found) throw new Error("there is no such bot");
  return found;
}

/** Moves instants of the row into the past by the database's clock, instead of waiting for them. */
export async function letPass(test: Pick<TestContext, "db">, botId: BotId, ms: number): Promise<void> {
  const earlier = (column: keyof typeof custody.$inferSelect) => sql`${custody[column]} - ${ms}`;
  await test.db.write(async (tx) => {
    await tx
      .update(custody)
      .set({
        grantedAtMs: earlier("grantedAtMs"),
        expiresAtMs: earlier("expiresAtMs"),
        maxExpiresAtMs: earlier("maxExpiresAtMs"),
        notBeforeMs: earlier("notBeforeMs"),
        reservedUntilMs: earlier("reservedUntilMs"),
        drainDeadlineMs: earlier("drainDeadlineMs"),
      })
      .where(eq(custody.botId, botId));
  });
}
