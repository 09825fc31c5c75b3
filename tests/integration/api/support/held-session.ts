import type { Scope } from "@switchboard/core/domain/vocabulary";
import { newCredentials } from "@switchboard/core/testing/auth-values";
import { addBot, type TestLease } from "@switchboard/core/testing/factories";
import { holdBotByKey, leaseTokenOf, linkWithCredentials } from "@switchboard/core/testing/key-lease";
import { authBatches, type BotId, custody } from "@switchboard/db/schema";
import { and, eq } from "drizzle-orm";
import { addKey, addOwner, type Owner } from "./credentials.ts";
import { createInterruptible, type InterruptibleDatabase } from "./interruptible.ts";
import { createTestApp, type TestAnswer, type TestApp } from "./test-app.ts";

/** The record that {@link withName} writes. */
const NAMED = { type: "lid-mapping", id: "34600000001" };

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
  /** The revision of what is stored. */
  revisionNow(): Promise<number>;
  /** What the last batch of {@link withName} said, as this holder reads it; undefined when there was none. */
  nameNow(): Promise<string | undefined>;
  /** The batches of this holder that the service remembers. */
  rememberedBatches(): Promise<readonly (typeof authBatches.$inferSelect)[]>;
  changeCustody(changes: Partial<typeof custody.$inferInsert>): Promise<void>;
}

/** An app as far as holders use it: over HTTP as well. */
export type HeldApp = Pick<TestApp, "test" | "request">;

/** The content of a batch that is known by a name. */
export const withName = (name: string) => ({ set: { [NAMED.type]: { [NAMED.id]: name } } });

/** An app whose holders meet no limit, and in whose writes something can come between. */
export async function createHolderApp(): Promise<{
  readonly app: TestApp;
  readonly owner: Owner;
  readonly interruptible: InterruptibleDatabase;
}> {
  const interruptible = createInterruptible();
  const app = await createTestApp({
    settings: { requestsPerMinute: 100_000 },
    deps: (deps) => ({ ...deps, base: { ...deps.base, db: interruptible.wrap(deps.base.db) } }),
  });
  return { app, owner: await addOwner(app.test), interruptible };
}

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
  const read = (json: object, token = ownToken) => app.request(`${path}/read`, { bearer: token, json });
  return {
    ...bot,
    ...storedFor(test, lease),
    lease,
    token: ownToken,
    read,
    nameNow: async () => (await read({ keys: { [NAMED.type]: [NAMED.id] } })).body.keys[NAMED.type]?.[NAMED.id],
    batch: (seq, content, fields = {}) => {
      const { ifMatch = `${lease.epoch}.*`, idempotencyKey = `${lease.epoch}-${seq}`, token = ownToken } = fields;
      const headers = {
        ...(ifMatch === null ? {} : { "if-match": `"${ifMatch}"` }),
        ...(idempotencyKey === null ? {} : { "idempotency-key": idempotencyKey }),
      };
      return app.request(`${path}/batch`, { bearer: token, json: { seq, ...content }, headers });
    },
    holdAgain: () => holdBy(app, bot),
    changeCustody: async (changes) => {
      await test.db.write(async (tx) => {
        await tx.update(custody).set(changes).where(eq(custody.botId, botId));
      });
    },
  };
}

/** What the database has of a holder's session. */
function storedFor(test: HeldApp["test"], { botId, epoch }: TestLease) {
  const custodyRow = async () => {
    const [row] = await test.db.reader.select().from(custody).where(eq(custody.botId, botId));
    if (!row) throw new Error("the bot has no custody row");
    return row;
  };
  return {
    custodyRow,
    revisionNow: async () => (await custodyRow()).authRevision,
    rememberedBatches: async () => {
      const isHolders = and(eq(authBatches.botId, botId), eq(authBatches.epoch, epoch));
      return test.db.reader.select().from(authBatches).where(isHolders);
    },
  };
}
