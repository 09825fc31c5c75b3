import { commitStatements } from "@switchboard/db/queries/auth-records";
import type { LeaseName } from "@switchboard/db/queries/custody";
import { authBatches, custody } from "@switchboard/db/schema";
import { and, eq } from "drizzle-orm";
import type { ServiceContext } from "../../context.ts";
import { type Bytes, copyBytes, equalBytes, utf8 } from "../../crypto/bytes.ts";
import { hmac } from "../../crypto/hmac.ts";
import { isHeldState } from "../../domain/vocabulary.ts";
import { ServiceError } from "../../errors.ts";
import type { AuthRecord, AuthRecordStore } from "../../ports/auth-record-store.ts";
import { type BotDataKeys, openDataKeys } from "./data-keys.ts";
import { readRecordValues } from "./read-record-values.ts";
import { sealChanges } from "./seal-changes.ts";

/** The type and id under which a bot's credentials are a record like any other. */
export const CREDS_TYPE = "creds";
export const CREDS_ID = "creds";

/** Seals of one commit: each further one means that the data key was rotated meanwhile. */
const TRIES_MAX = 5;

type StoreContext = Pick<ServiceContext, "db" | "keyring" | "clock">;

/**
 * The durable, sealed, fenced store of one bot's auth state for the holder of `lease`.
 *
 * `revision` is the custody row's at the time of the grant; the store counts on from there and is the only writer while
 * the epoch holds. Commits must not run at the same time: the caller has one flusher per bot.
 * A refused commit (`stale-epoch`) is final for this object.
 */
export function openRecordStore(ctx: StoreContext, lease: LeaseName, revision: number): AuthRecordStore {
  const keys = openDataKeys(ctx, lease.botId);
  let current = revision;
  const read = (type: string, ids: readonly string[]) => readRecordValues(ctx, lease.botId, type, ids, keys);
  return {
    read,
    readCreds: async () => (await read(CREDS_TYPE, [CREDS_ID])).get(CREDS_ID) ?? null,
    commit: async ({ records, creds }) => {
      const changes = creds === null ? records : [...records, { type: CREDS_TYPE, id: CREDS_ID, value: creds }];
      if (changes.length === 0) return;
      await commitChanges(ctx, keys, lease, current, changes);
      current += 1;
    },
  };
}

async function commitChanges(
  ctx: StoreContext,
  keys: BotDataKeys,
  lease: LeaseName,
  revision: number,
  changes: readonly AuthRecord[],
): Promise<void> {
  // Keyed, since a batch can be one short record that names a phone number.
  const bodyHash = await hmac(ctx.keyring.index, utf8(JSON.stringify(changes)));
  const version = revision + 1;
  const place = { lease, expectedRevision: revision, sequence: version, countedKeyId: null, bodyHash };
  for (let tries = 1; ; tries += 1) {
    const sealed = await sealChanges(ctx, await keys.sealing(changes.length), { botId: lease.botId, version }, changes);
    const batch = { ...place, nowMs: ctx.clock.nowMs(), ...sealed };
    const [raised] = await ctx.db.writeBatch((statements) => commitStatements(statements, batch));
    if (raised.length === 1) return;
    const refusal = await explainRefusal(ctx, lease, revision, bodyHash);
    if (refusal === "applied-before") return;
    if (tries === TRIES_MAX) throw new Error("the data key of the bot is retired again and again");
    keys.renew();
  }
}

/**
 * Why nothing was written: the very same batch had been applied before, or its data key was retired meanwhile.
 * @throws ServiceError stale-epoch when somebody else holds the session
 */
async function explainRefusal(
  ctx: StoreContext,
  lease: LeaseName,
  revision: number,
  bodyHash: Bytes,
): Promise<"applied-before" | "key-retired"> {
  const [applied] = await ctx.db.reader
    .select({ bodyHash: authBatches.bodyHash })
    .from(authBatches)
    .where(
      and(
        eq(authBatches.botId, lease.botId),
        eq(authBatches.epoch, lease.epoch),
        eq(authBatches.sequence, revision + 1),
      ),
    );
  if (applied && equalBytes(copyBytes(applied.bodyHash), bodyHash)) return "applied-before";
  const [row] = await ctx.db.reader.select().from(custody).where(eq(custody.botId, lease.botId));
  const isHeld = row?.epoch === lease.epoch && row.leaseId === lease.leaseId && row.authRevision === revision;
  if (isHeld && isHeldState(row.state)) return "key-retired";
  throw new ServiceError("stale-epoch", "Somebody else holds this session now. Stop the connection.", {
    extra: { epoch: row?.epoch ?? null },
  });
}
