import type { Actor, ServiceContext } from "@switchboard/core/context";
import { type AcquireResult, acquireLease } from "@switchboard/core/services/custody/acquire-lease";
import { releaseLease } from "@switchboard/core/services/custody/release-lease";
import { apiKeys } from "@switchboard/db/schema";
import type { TestBot } from "./test-bot.ts";
import type { WorkerWorld } from "./worker-world.ts";

const YEAR_MS = 31_536_000_000;

/** A microservice as far as custody knows it: an API key that leases bots, without a connection of its own. */
export class TestHolder {
  readonly keyId: string;
  readonly #ctx: ServiceContext;
  #requests = 0;

  private constructor(ctx: ServiceContext, keyId: string) {
    this.#ctx = ctx;
    this.keyId = keyId;
  }

  static async create(world: WorkerWorld): Promise<TestHolder> {
    const { admin, db } = world;
    const { actor } = admin;
    if (actor.kind !== "user") throw new Error("the world's admin is a person");
    const keyId = admin.ids.next("key");
    const nowMs = Date.now();
    const scopes = ["session:lease", "session:takeover", "session:plain", "session:read"] as const;
    const row = { id: keyId, teamId: actor.teamId, publicId: keyId, name: keyId, scopes: [...scopes] };
    const secret = { secretHmac: Buffer.alloc(32), pepperVersion: 1, createdBy: "user:usr_1" };
    const times = { createdAtMs: nowMs, expiresAtMs: nowMs + YEAR_MS };
    await db.write(async (tx) => {
      await tx.insert(apiKeys).values({ ...row, ...secret, ...times });
    });
    const key: Actor = {
      kind: "api-key",
      keyId,
      teamId: actor.teamId,
      scopes,
      botIds: null,
      requestsPerMinute: null,
    };
    return new TestHolder({ ...admin, actor: key }, keyId);
  }

  /** Asks for the bot, and for it back from whoever holds it. */
  takeOver(bot: TestBot, waitSeconds = 20): Promise<AcquireResult> {
    this.#requests += 1;
    const idempotencyKey = `request-${this.keyId}-${this.#requests}`;
    return acquireLease(this.#ctx, { botId: bot.id, idempotencyKey, takeover: true, waitSeconds, ttlSeconds: 30 });
  }

  /** Gives the bot back as it is. */
  async release(bot: TestBot, clean = true): Promise<void> {
    const { authRevision: finalRevision } = await bot.custody();
    await releaseLease(this.#ctx, { botId: bot.id, finalRevision, clean });
  }
}
