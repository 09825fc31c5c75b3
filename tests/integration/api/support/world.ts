import { allowContact } from "@switchboard/core/services/blocks/allow-contact";
import { blockContact } from "@switchboard/core/services/blocks/block-contact";
import { liftBlock } from "@switchboard/core/services/blocks/lift-block";
import { allowContactSchema, blockContactSchema } from "@switchboard/core/services/blocks/schemas";
import { addPersonalToken } from "@switchboard/core/services/identity/internal";
import { issueToken } from "@switchboard/core/services/sessions/issue-token";
import { callFromNumber, callRowsOf, screen, uniquePhoneNumber } from "@switchboard/core/testing/calls";
import { addBot, addBrowserSignIn, addPerson, type TestLease, uniqueNumber } from "@switchboard/core/testing/factories";
import { linkBot } from "@switchboard/core/testing/linked-bot";
import { accounts, type BotId, users } from "@switchboard/db/schema";
import { eq } from "drizzle-orm";
import { decodeJwt } from "jose";
import { addKey, addOwner, type Owner } from "./credentials.ts";
import { type HeldSession, holdSession } from "./held-session.ts";
import { createTestApp, type TestApp, type TestAppOptions } from "./test-app.ts";

/** The bearer that the housekeeping call of a world takes. */
export const WORLD_CRON_SECRET = "a-cron-secret-of-tests";

/** An installation with a team, and makers of the things its calls are about. Each maker makes a thing of its own. */
export interface World {
  readonly app: TestApp;
  readonly owner: Owner;
  /** A linked bot that is online; requests that need no other name it and leave it so. */
  readonly linkedBot: { readonly botId: BotId; readonly lease: TestLease };
  /** Another installation, which nobody has set up. */
  addInstallation(): Promise<TestApp>;
  addBot(): Promise<BotId>;
  addLinkedBot(): Promise<BotId>;
  /** A linked bot that an API key holds, which may read and write its session in plain form. */
  addHeldSession(): Promise<HeldSession>;
  /** A new API key that may lease the bots of the team; its secret. */
  addLeaseKey(): Promise<string>;
  /** One more personal access token of the owner. */
  addToken(): Promise<string>;
  /** A running block of the linked bot, or one that was lifted; its id. */
  addBlock(state?: "running" | "lifted"): Promise<string>;
  /** An entry of the linked bot's allow list; its id. */
  addAllow(): Promise<string>;
  /** A call at the linked bot that rings; its id. */
  addCall(): Promise<string>;
  /** A session token of the linked bot. */
  addSessionToken(): Promise<{ readonly id: string; readonly token: string }>;
  /** A person who can sign in with this e-mail address and password. */
  addSignIn(): Promise<{ readonly email: string; readonly password: string }>;
  /** A browser sign-in of the owner; its id. */
  addBrowserSignIn(): Promise<string>;
  dispose(): Promise<void>;
}

/** Call once per suite and `dispose` at its end. Quotas are out of the way unless `options` say otherwise. */
export async function createWorld(options: TestAppOptions = {}): Promise<World> {
  const settings = { requestsPerMinute: 100_000, cronSecret: WORLD_CRON_SECRET, ...options.settings };
  const app = await createTestApp({ ...options, settings });
  const { test } = app;
  const owner = await addOwner(test);
  const ctx = test.as(owner.user);
  const botId = await addBot(test, owner.user);
  const lease = await linkBot(test, botId);
  const others: TestApp[] = [];
  const addBlock = async () => {
    const wish = blockContactSchema.parse({ phoneNumber: `+${uniquePhoneNumber()}` });
    return (await blockContact(ctx, { botId, ...wish })).contact.id;
  };
  return {
    app,
    owner,
    linkedBot: { botId, lease },
    addInstallation: async () => {
      const other = await createTestApp({ settings });
      others.push(other);
      return other;
    },
    addBot: () => addBot(test, owner.user),
    addLinkedBot: async () => {
      const other = await addBot(test, owner.user);
      await linkBot(test, other);
      return other;
    },
    addHeldSession: () => holdSession(app, owner),
    addLeaseKey: async () => (await addKey(test, owner, ["session:lease", "session:takeover"])).secret,
    addToken: async () => (await ctx.db.write((tx) => addPersonalToken(tx, ctx, owner.user, "test"))).token,
    addBlock: async (state = "running") => {
      const contactId = await addBlock();
      if (state === "lifted") await liftBlock(ctx, { botId, contactId });
      return contactId;
    },
    addAllow: async () => {
      const wish = allowContactSchema.parse({ phoneNumber: `+${uniquePhoneNumber()}` });
      return (await allowContact(ctx, { botId, ...wish })).id;
    },
    addCall: () => addCall(app, { botId, owner: owner.user, lease }),
    addSessionToken: async () => {
      const { token } = await issueToken(ctx, { botId, expiresIn: 3_600 });
      return { id: tokenIdOf(token), token };
    },
    addSignIn: () => addSignIn(app, owner),
    addBrowserSignIn: async () => (await addBrowserSignIn(test, owner.user)).signInId,
    dispose: async () => {
      for (const installation of [app, ...others]) await installation.dispose();
    },
  };
}

async function addCall({ test }: TestApp, bot: Parameters<typeof screen>[1]): Promise<string> {
  await screen(test, bot, callFromNumber(test, uniquePhoneNumber()));
  const call = (await callRowsOf(test, bot.botId)).at(-1);
  if (!call) throw new Error("the call was not stored");
  return call.id;
}

/** The token names its own row. */
const tokenIdOf = (token: string): string => String(decodeJwt(token).jti);

async function addSignIn({ test }: TestApp, owner: Owner) {
  const { userId } = await addPerson(test, owner.user.teamId, "operator");
  const [person] = await test.db.reader.select().from(users).where(eq(users.id, userId));
  const password = `heron walks over ${uniqueNumber()} wet stones`;
  if (!person) throw new Error("the person was not stored");
  const { ids, passwords, clock } = test.as(owner.user);
  const now = new Date(clock.nowMs());
  const account = { id: ids.next("account"), providerId: "credential", accountId: userId, userId };
  const stored = { ...account, password: await passwords.hash(password), createdAt: now, updatedAt: now };
  await test.db.write(async (tx) => {
    await tx.insert(accounts).values(stored);
  });
  return { email: person.email, password };
}
