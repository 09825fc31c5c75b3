import type { Actor, ServiceContext } from "@switchboard/core/context";
import { openRecordStore } from "@switchboard/core/services/auth-state/open-record-store";
import { newCredentials } from "@switchboard/core/testing/auth-values";
import { addBot } from "@switchboard/core/testing/factories";
import { linkWithCredentials } from "@switchboard/core/testing/key-lease";
import { createTestContext, type TestContext } from "@switchboard/core/testing/test-context";
import { noDrain, noHolder } from "@switchboard/db/queries/custody";
import { type BotId, bots, custody, events } from "@switchboard/db/schema";
import { and, eq, sql } from "drizzle-orm";
import { addKey, addOwner, type Owner } from "../../integration/api/support/credentials.ts";
import type { FinalState } from "../chain.ts";
import { chainRecord, readRemoteCounter } from "../remote-holder.ts";
import { LeaseHistory } from "./lease-history.ts";
import { interleaved, type Turns } from "./turns.ts";

/** More than any lease, delay or reservation lasts. */
const LONG_MS = 3_600_000;

/** One run: a linked bot nobody holds, those who act, and what they were told. */
export interface Stage {
  readonly turns: Turns;
  readonly botId: BotId;
  /** Of this run: what names a request of it names no request of another. */
  readonly run: number;
  readonly history: LeaseHistory;
  readonly keyIds: readonly string[];
  readonly owner: Owner["user"];
  /** What a verb gets when this actor asks, through a line of its own. */
  as(actor: Actor): ServiceContext;
  /** Lets all leases, delays and reservations run out, between two turns. */
  letTimePass(): Promise<void>;
  /** Whether a lease was given back, as the team is told. */
  wasReleased(epoch: number): Promise<boolean>;
  /** What is stored. */
  readEnd(): Promise<FinalState>;
}

/** One installation for many runs, which all begin with the same bot as its last holder would leave it. */
export class Theatre {
  readonly #test: TestContext;
  readonly #owner: Owner;
  readonly #keyIds: readonly string[];
  readonly #botId: BotId;
  #runs = 0;

  private constructor(test: TestContext, owner: Owner, keyIds: readonly string[], botId: BotId) {
    this.#test = test;
    this.#owner = owner;
    this.#keyIds = keyIds;
    this.#botId = botId;
  }

  static async open(keys: number): Promise<Theatre> {
    const test = await createTestContext();
    const owner = await addOwner(test);
    const keyIds: string[] = [];
    for (let count = 0; count < keys; count += 1) keyIds.push((await addKey(test, owner, KEY_SCOPES)).id);
    const botId = await addBot(test, owner.user);
    await linkWithCredentials(test, botId, newCredentials());
    return new Theatre(test, owner, keyIds, botId);
  }

  dispose(): Promise<void> {
    return this.#test.dispose();
  }

  async setStage(turns: Turns): Promise<Stage> {
    this.#runs += 1;
    const test = this.#test;
    const botId = this.#botId;
    const start = await this.#clear();
    return {
      turns,
      botId,
      run: this.#runs,
      keyIds: this.#keyIds,
      owner: this.#owner.user,
      history: new LeaseHistory(start),
      as: (actor) => {
        const ctx = test.as(actor);
        return { ...ctx, db: interleaved(ctx.db, turns, nameOf(actor)) };
      },
      letTimePass: async () => {
        await test.db.write((tx) => tx.update(custody).set(longAgo).where(eq(custody.botId, botId)));
      },
      wasReleased: async (epoch) => {
        const isRelease = and(eq(events.botId, botId), eq(events.type, "lease.released"));
        const told = await test.db.reader.select({ data: events.data }).from(events).where(isRelease);
        return told.some(({ data }) => (data as { lease?: { epoch?: number } }).lease?.epoch === epoch);
      },
      readEnd: () => this.#readEnd(),
    };
  }

  /** Lets go of the bot and brings numbers and revision together again, whatever the run before did; answers them. */
  async #clear(): Promise<number> {
    const [isThis, isBot] = [eq(custody.botId, this.#botId), eq(bots.id, this.#botId)];
    const row = await this.#test.db.write(async (tx) => {
      await tx.update(bots).set({ assignedTo: "workers" }).where(isBot);
      const [freed] = await tx.update(custody).set(free).where(isThis).returning();
      return freed;
    });
    if (!row) throw new Error("there is no custody row");
    const { revision, ...numbers } = await this.#readEnd();
    if (numbers.counter === revision && numbers.credsCounter === revision) return revision;
    await this.#write({ ...row, leaseId: "lse_between" }, revision + 1);
    return revision + 1;
  }

  /** Writes this number as a holder between two runs would. */
  async #write({ epoch, authRevision, leaseId }: typeof custody.$inferSelect, counter: number): Promise<void> {
    const isThis = eq(custody.botId, this.#botId);
    const ctx = this.#test.as({ kind: "system", name: "test" });
    const lease = { botId: this.#botId, epoch, leaseId: leaseId ?? "" };
    await this.#test.db.write((tx) => tx.update(custody).set({ state: "held", leaseId: lease.leaseId }).where(isThis));
    const store = openRecordStore(ctx, lease, authRevision);
    const creds: object = JSON.parse((await store.readCreds()) ?? "{}");
    const text = JSON.stringify({ ...creds, accountSyncCounter: counter });
    await store.commit({ records: [chainRecord(counter)], creds: text });
    await this.#test.db.write((tx) =>
      tx
        .update(custody)
        .set({ ...free, epoch: epoch + 1 })
        .where(isThis),
    );
  }

  async #readEnd(): Promise<FinalState> {
    const [row] = await this.#test.db.reader.select().from(custody).where(eq(custody.botId, this.#botId));
    if (!row) throw new Error("there is no custody row");
    const nobody = { botId: this.#botId, epoch: 0, leaseId: "" };
    const store = openRecordStore(this.#test.as({ kind: "system", name: "test" }), nobody, 0);
    const creds: { accountSyncCounter?: number } = JSON.parse((await store.readCreds()) ?? "{}");
    const counter = await readRemoteCounter(store);
    return { counter, credsCounter: creds.accountSyncCounter ?? 0, revision: row.authRevision };
  }
}

const KEY_SCOPES = ["session:lease", "session:takeover", "session:read", "session:plain"] as const;

const free = {
  ...noHolder,
  ...noDrain,
  state: "free",
  isClean: true,
  expiresAtMs: 0,
  notBeforeMs: 0,
  handoverTo: null,
  reservedUntilMs: null,
} as const;

const earlier = (column: Parameters<typeof sql>[1]) => sql`${column} - ${LONG_MS}`;
const longAgo = {
  expiresAtMs: earlier(custody.expiresAtMs),
  notBeforeMs: earlier(custody.notBeforeMs),
  reservedUntilMs: earlier(custody.reservedUntilMs),
};

function nameOf(actor: Actor): string {
  switch (actor.kind) {
    case "worker":
      return actor.workerId;
    case "api-key":
      return actor.keyId;
    case "lease-token":
      return `the holder of epoch ${actor.epoch}`;
    default:
      return actor.kind;
  }
}
