import { commitStatements } from "@switchboard/db/queries/auth-records";
import { acquireLease, releaseLease } from "@switchboard/db/queries/custody";
import { authRecords, type BotId, bots, custody } from "@switchboard/db/schema";
import type { Transaction } from "@switchboard/db/types";
import { eq } from "drizzle-orm";
import { actorId, type ServiceContext } from "../../context.ts";
import { type Bytes, utf8 } from "../../crypto/bytes.ts";
import { hmac } from "../../crypto/hmac.ts";
import { parseJid } from "../../domain/jid.ts";
import { assignedToWorkers } from "../../domain/vocabulary.ts";
import { ServiceError } from "../../errors.ts";
import type { AuthRecord } from "../../ports/auth-record-store.ts";
import { type AuthorizedBot, authorizeBot, requireRecentPassword } from "../access.ts";
import { openDataKeys } from "../auth-state/data-keys.ts";
import { CREDS_ID, CREDS_TYPE } from "../auth-state/open-record-store.ts";
import { sealChanges } from "../auth-state/seal-changes.ts";
import { emitBotState } from "../bots/internal.ts";
import { refuseWhileLinking } from "../bots/pairing-row.ts";
import { botFrozen, custodyOf, isAlive, leaseHeld } from "../custody/internal.ts";
import { noteExpired } from "../custody/note-expired-leases.ts";
import { writeAudit } from "../records.ts";
import { type CheckedSession, checkSessionFiles } from "./check-files.ts";
import { closeStaleSession } from "./close-stale-session.ts";
import { refuseOverwriting } from "./refuse-overwriting.ts";
import type { ImportedSession, ImportSessionInput } from "./schemas.ts";

/** Tries until it is written or refused: each lost one means that a data key was rotated, or the session written to. */
const TRIES_MAX = 5;
/** Milliseconds a lease lives that is given back in the transaction it was granted in. */
const LEASE_MS = 5_000;

/**
 * Stores a session that Baileys kept in files, in place of whatever the bot had; as the files have it where the bot never
 * had a session, else closed (see close-stale-session.ts). Everything is checked before anything is
 * written, and written in one transaction in which the bot is held and given back: its epoch rises, so that whoever held
 * it before writes nothing any more. It counts as ended uncleanly: the next holder recovers it before it sends.
 * @throws ServiceError not-found, scope-missing; forbidden for credentials that stand for no person; confirmation-required;
 *   validation-failed, naming each file; lease-held while somebody holds the bot; bot-frozen; in-progress while it is linked;
 *   already-paired, conflict (see refuse-overwriting.ts); store-busy
 */
export async function importSession(
  ctx: ServiceContext,
  input: { readonly botId: string } & ImportSessionInput,
): Promise<ImportedSession> {
  const bot = await authorizeBot(ctx, input.botId, "bots:write");
  requireRecentPassword(ctx);
  await refuseUnlessFree(ctx, bot);
  const session = await checkSessionFiles(input.files);
  for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
    const imported = await tryImport(ctx, bot.id, session, input.force);
    if (imported !== null) return imported;
  }
  throw new ServiceError("store-busy", "The session was being written to. Try again.", { retryAfterSeconds: 1 });
}

type ImportedBot = AuthorizedBot<"bots:write">;

/** Told before megabytes are looked at; the statement that takes the bot decides. */
async function refuseUnlessFree(ctx: ServiceContext, bot: ImportedBot): Promise<void> {
  const reading = await custodyOf(ctx.db.reader, bot.id);
  if (reading.custody.state === "frozen" || isAlive(reading)) throw await whyHeld(ctx, bot);
}

async function whyHeld(ctx: ServiceContext, bot: ImportedBot): Promise<ServiceError> {
  const reading = await custodyOf(ctx.db.reader, bot.id);
  return reading.custody.state === "frozen" ? botFrozen() : leaseHeld(reading);
}

/** null when something else was written meanwhile, and nothing of this. */
async function tryImport(
  ctx: ServiceContext,
  botId: BotId,
  given: CheckedSession,
  isForced: boolean,
): Promise<ImportedSession | null> {
  // Read first: what is judged after it and changes until the write raises the revision.
  const { custody: before } = await custodyOf(ctx.db.reader, botId);
  const bot = await authorizeBot(ctx, botId, "bots:write");
  await refuseOverwriting(ctx, bot, given.creds, isForced);
  const session = mayBeStale(before, isForced) ? closeStaleSession(given, ctx.clock.nowMs()) : given;
  const changes = [...session.records, { type: CREDS_TYPE, id: CREDS_ID, value: session.creds }];
  const version = before.authRevision + 1;
  const sealed = await sealSession(ctx, bot, version, changes);
  const bodyHash = await hmac(ctx.keyring.index, utf8(JSON.stringify(changes)));
  try {
    await ctx.db.write((tx) => writeAll(tx, ctx, bot, { session, sealed, bodyHash, version }));
    const phoneNumber = phoneNumberOf(session);
    return { botId, phoneNumber, keys: session.records.length, revision: version, replaced: bot.isLinked };
  } catch (err) {
    if (err === TAKEN) throw await whyHeld(ctx, bot);
    if (err === MOVED) return null;
    throw err;
  }
}

/**
 * Whether more may have been sent from the session than a recovery skips. Files of a program that has only just ended lack at
 * the most its last steps; where the bot ever had a session, or the caller insists, they may be of any age.
 */
const mayBeStale = ({ authRevision }: typeof custody.$inferSelect, isForced: boolean): boolean =>
  isForced || authRevision > 0;

/** Thrown inside the transaction, so that nothing of it stays. */
const TAKEN = new Error("somebody holds the bot");
const MOVED = new Error("something else was written first");

async function sealSession(ctx: ServiceContext, bot: ImportedBot, version: number, changes: readonly AuthRecord[]) {
  const key = await openDataKeys(ctx, bot.id).sealing(changes.length);
  return sealChanges(ctx, key, { botId: bot.id, version }, changes);
}

interface SealedSession {
  readonly session: CheckedSession;
  readonly sealed: Awaited<ReturnType<typeof sealSession>>;
  readonly bodyHash: Bytes;
  readonly version: number;
}

async function writeAll(
  tx: Transaction,
  ctx: ServiceContext,
  { id: botId, teamId, isLinked }: ImportedBot,
  { session, sealed, bodyHash, version }: SealedSession,
): Promise<void> {
  await authorizeBot(ctx, botId, "bots:write", tx);
  await refuseWhileLinking(tx, botId);
  // Nobody tells of an expiry once somebody else was granted the bot.
  await noteExpired(tx, ctx);
  const leaseId = ctx.ids.next("lease");
  const holder = { holderKind: "key", holderId: actorId(ctx.actor) ?? "import" } as const;
  const granted = await acquireLease(tx, { botId, ...holder, leaseId, ttlMs: LEASE_MS, lifeMsMax: LEASE_MS });
  if (!granted) throw TAKEN;
  const lease = { botId, leaseId, epoch: granted.epoch };
  await tx.delete(authRecords).where(eq(authRecords.botId, botId));
  const place = { lease, expectedRevision: version - 1, sequence: version, countedKeyId: null };
  const [raise, ...rest] = commitStatements(tx, { ...place, bodyHash, nowMs: ctx.clock.nowMs(), ...sealed });
  if ((await raise).length === 0) throw MOVED;
  for (const statement of rest) await statement;
  await releaseLease(tx, lease, false);
  // Nobody held it, so there is no socket to wait for.
  await tx.update(custody).set({ notBeforeMs: 0 }).where(eq(custody.botId, botId));
  await noteLinked(tx, ctx, botId, session);
  const detail = { keys: session.records.length, revision: version, replaced: isLinked };
  await writeAudit(tx, ctx, { action: "session.import", objectId: botId, teamId, botId, detail });
}

/** The bot is that account's from now on; what ended the session before says nothing about this one. */
async function noteLinked(
  tx: Transaction,
  ctx: ServiceContext,
  botId: ImportedBot["id"],
  session: CheckedSession,
): Promise<void> {
  const nowMs = ctx.clock.nowMs();
  const { lid, name } = session.account;
  const account = { phoneNumber: phoneNumberOf(session), lid: userOf(lid), pushName: name };
  // The key of a lease that ran out has none any more: nobody but the workers would be granted the bot.
  const assigned = { assignedTo: assignedToWorkers };
  const state = { state: "stopped", stateReason: null, stateSinceMs: nowMs } as const;
  await tx
    .update(bots)
    .set({ isLinked: true, ...account, ...assigned, ...state, updatedAtMs: nowMs })
    .where(eq(bots.id, botId));
  await emitBotState(tx, ctx, botId);
}

const phoneNumberOf = ({ account }: CheckedSession): string | null => userOf(account.id);

const userOf = (jid: string | null): string | null => (jid === null ? null : (parseJid(jid)?.user ?? null));
