import type { Scope } from "@switchboard/core/domain/vocabulary";
import { newCredentials } from "@switchboard/core/testing/auth-values";
import { addBot, type TestLease } from "@switchboard/core/testing/factories";
import { holdBotByKey, leaseTokenOf, linkWithCredentials } from "@switchboard/core/testing/key-lease";
import { type BotId, custody } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { addKey, type Owner } from "./credentials.ts";
import type { TestAnswer, TestApp } from "./test-app.ts";

/** What a batch is sent with beside its content; null leaves a field out. */
export interface BatchFields {
  /** Without the quotes. */
  readonly ifMatch?: string | null;
  readonly idempotencyKey?: string | null;
  readonly token?: string;
}

/** A linked bot that an API key holds, and the calls its holder makes. */
export interface HeldSession {
  readonly botId: BotId;
  readonly key: { readonly id: string; readonly secret: string };
  readonly lease: TestLease;
  readonly token: string;
  readonly credentials: ReturnType<typeof newCredentials>;
  read(json: object, token?: string): Promise<TestAnswer>;
  /** Sends `{seq, set, ...more}`, on any revision of the epoch unless `fields` say otherwise. */
  batch(seq: number, content: object, fields?: BatchFields): Promise<TestAnswer>;
  /** Gives the bot to the key once more: another lease, with the next epoch. */
  holdAgain(): Promise<HeldSession>;
  custodyRow(): Promise<typeof custody.$inferSelect>;
  changeCustody(changes: Partial<typeof custody.$inferInsert>): Promise<void>;
}

/** An app as far as holders use it: over HTTP as well. */
export type HeldApp = Pick<TestApp, "test" | "request">;

/** Links a new bot with credentials of a new device and gives it to a new key of these scopes. */
export async function holdSession(
  app: HeldApp,
  owner: Owner,
  scopes: readonly Scope[] = ["session:lease", "session:plain"],
): Promise<HeldSession> {
  const botId = await addBot(app.test, owner.user);
  const credentials = newCredentials();
  await linkWithCredentials(app.test, botId, credentials);
  return holdBy(app, { botId, credentials, key: await addKey(app.test, owner, scopes) });
}

async function holdBy(app: HeldApp, bot: Pick<HeldSession, "botId" | "credentials" | "key">): Promise<HeldSession> {
  const { botId, key } = bot;
  const { test } = app;
  const lease = await holdBotByKey(test, botId, key.id);
  const ownToken = await leaseTokenOf(test, lease, key.id);
  const path = `/api/bots/${botId}/session`;
  return {
    ...bot,
    lease,
    token: ownToken,
    read: (json, token = ownToken) => app.request(`${path}/read`, { bearer: token, json }),
    batch: (seq, content, fields = {}) => {
      const { ifMatch = `${lease.epoch}.*`, idempotencyKey = `${lease.epoch}-${seq}`, token = ownToken } = fields;
      const headers = {
        ...(ifMatch === null ? {} : { "if-match": `"${ifMatch}"` }),
        ...(idempotencyKey === null ? {} : { "idempotency-key": idempotencyKey }),
      };
      return app.request(`${path}/batch`, { bearer: token, json: { seq, ...content }, headers });
    },
    holdAgain: () => holdBy(app, bot),
    custodyRow: async () => {
      const [row] = await test.db.reader.select().from(custody).where(eq(custody.botId, botId));
      if (!row) throw new Error("the bot has no custody row");
      return row;
    },
    changeCustody: async (changes) => {
      await test.db.write(async (tx) => {
        await tx.update(custody).set(changes).where(eq(custody.botId, botId));
      });
    },
  };
}
