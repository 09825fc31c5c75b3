import { type BotId, custody } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import type { Actor } from "../context.ts";
import { signLeaseToken } from "../crypto/lease-tokens.ts";
import { currentRevision } from "../services/auth-state/current-revision.ts";
import { openRecordStore } from "../services/auth-state/open-record-store.ts";
import { reportBot } from "../services/fleet/report-bot.ts";
import { newCredentials } from "./auth-values.ts";
import { holdBot, type TestLease, workerContext } from "./factories.ts";
import type { TestContext } from "./test-context.ts";

/** Far more than any test takes by the machine's clock, by which custody is judged. */
const LEASE_MS = 3_600_000;

/** Stores credentials of a linked device for a bot, as its worker would, and says that it is linked. */
export async function linkWithCredentials(
  test: TestContext,
  botId: BotId,
  credentials: object = newCredentials(),
): Promise<void> {
  const lease = await holdBot(test, botId);
  const ctx = workerContext(test);
  const store = openRecordStore(ctx, lease, await currentRevision(ctx, lease));
  await store.commit({ creds: JSON.stringify(credentials), records: [] });
  await reportBot(ctx, lease, { state: "online", reason: null, isLinked: true, phoneNumber: "34600000000" });
}

/** Gives the bot to an API key, whoever held it before: the epoch rises by one. It runs by the machine's clock. */
export async function holdBotByKey(test: TestContext, botId: BotId, keyId: string): Promise<TestLease> {
  const { leaseId, epoch } = await holdBot(test, botId);
  const grantedAtMs = Date.now();
  const grant = { grantedAtMs, expiresAtMs: grantedAtMs + LEASE_MS, ttlMs: LEASE_MS };
  await test.db.write(async (tx) => {
    await tx
      .update(custody)
      .set({ holderKind: "key", holderId: keyId, ...grant })
      .where(eq(custody.botId, botId));
  });
  return { botId, leaseId, epoch };
}

/** The token of a lease, good for five minutes of the test's clock. */
export function leaseTokenOf(test: TestContext, lease: TestLease, keyId: string): Promise<string> {
  const { keyring, settings } = test.as({ kind: "system", name: "test" });
  const issuedAtMs = test.clock.nowMs();
  const times = { issuedAtMs, expiresAtMs: issuedAtMs + 300_000 };
  return signLeaseToken({ signing: keyring.signing, issuer: settings.publicUrl }, { ...lease, keyId, ...times });
}

/** The holder of a lease as an actor. */
export const leaseActor = (
  { teamId }: Extract<Actor, { kind: "user" }>,
  { botId, leaseId, epoch }: TestLease,
  keyId: string,
): Extract<Actor, { kind: "lease-token" }> => ({ kind: "lease-token", leaseId, epoch, teamId, botId, keyId });
