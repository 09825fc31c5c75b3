import { findDataKeys, findHolding, findNamedRecords, type RecordNames } from "@switchboard/db/queries/auth-records";
import type { z } from "zod";
import type { ServiceContext } from "../../context.ts";
import { recordKeyOf } from "../../crypto/record-cipher.ts";
import { type AuthNames, readNames } from "../../domain/auth-changes.ts";
import { type AuthorizedLease, authorizeLease, leaseLost, staleEpoch } from "../custody/authorize-lease.ts";
import { sealFor } from "../sessions/answer-form.ts";
import { notPaired } from "../sessions/internal.ts";
import { type Disclosure, noteDisclosure } from "../sessions/note-disclosure.ts";
import { CREDS_ID, CREDS_TYPE } from "./open-record-store.ts";
import { type OpenedRecord, openRecords } from "./open-records.ts";
import { findRecentNote } from "./recent-disclosure.ts";
import { invalidParts, requireValid } from "./remote-defects.ts";
import { findRemoteForm, type RemoteForm } from "./remote-form.ts";
import type { RemoteParts, RemoteReadView, readRemoteSchema } from "./schemas.ts";

/** An answer with what its entity tag is made of. */
export interface RemoteRead {
  readonly epoch: number;
  readonly answer: RemoteReadView;
}

/**
 * Parts of the session for the holder of its lease: the credentials, named keys, or both, of one moment. Keys that do not
 * exist are absent. Noted in the audit before it is answered: credentials each time, keys once an hour and lease.
 * @throws ServiceError as {@link authorizeLease}, lease-lost after the lease's end; recipient-key-required;
 *   validation-failed; not-paired
 */
export async function readRemote(
  ctx: ServiceContext,
  input: { botId: string } & z.output<typeof readRemoteSchema>,
): Promise<RemoteRead> {
  const held = await authorizeLease(ctx, input.botId);
  const names = requireValid(readNames(input.keys ?? {}));
  const hasCredentials = input.creds === true;
  if (!hasCredentials && input.keys === undefined)
    throw invalidParts([{ path: "", message: "Ask for creds, for keys, or for both." }]);
  const form = await findRemoteForm(ctx, held);
  if (!held.bot.isLinked) throw notPaired();
  const { records, revision, isNoted } = await readSnapshot(ctx, held, names, hasCredentials);
  const parts = toParts(records, input.keys !== undefined);
  if (hasCredentials && parts.creds === undefined) throw notPaired();
  if (hasCredentials || (records.length > 0 && !isNoted))
    await noteRead(ctx, held, { form, revision, parts: hasCredentials ? "credentials" : "keys" });
  return { epoch: held.lease.epoch, answer: await toAnswer(ctx, held, form, { revision, parts }) };
}

/** Everything from one snapshot; that the lease still is the bot's and alive is read in it as well. */
async function readSnapshot(
  ctx: ServiceContext,
  held: AuthorizedLease,
  asked: readonly AuthNames[],
  hasCredentials: boolean,
) {
  const { bot, lease } = held;
  const wanted = hasCredentials ? [...asked, { type: CREDS_TYPE, ids: [CREDS_ID] }] : asked;
  const names = await Promise.all(wanted.map((name) => toRecordNames(ctx, held, name)));
  const [[holding], notes, keyRows, rows] = await ctx.db.readBatch((reader) => [
    findHolding(reader, bot.id),
    findRecentNote(reader, lease, ctx),
    findDataKeys(reader, bot.id),
    findNamedRecords(reader, bot.id, names),
  ]);
  if (!holding || holding.epoch !== lease.epoch) throw staleEpoch(holding?.epoch ?? lease.epoch);
  if (holding.leaseId !== lease.leaseId || holding.expiresAtMs <= holding.nowMs) throw leaseLost();
  const records = await openRecords(ctx, bot.id, keyRows, rows);
  return { records, revision: holding.revision, isNoted: notes.length > 0 };
}

/** Who read what of the session under which lease, at which revision and in which form. */
async function noteRead(
  ctx: ServiceContext,
  { bot, lease, keyId }: AuthorizedLease,
  { form, ...read }: Pick<Disclosure, "revision" | "parts"> & { readonly form: RemoteForm },
): Promise<void> {
  const { leaseId, epoch } = lease;
  await ctx.db.write((tx) =>
    noteDisclosure(tx, ctx, bot, { keyId, recipient: form?.id ?? null, lease: { leaseId, epoch }, ...read }),
  );
}

async function toRecordNames(
  ctx: ServiceContext,
  { bot }: AuthorizedLease,
  { type, ids }: { readonly type: string; readonly ids: readonly string[] },
): Promise<RecordNames> {
  const recordKeys = await Promise.all(ids.map((id) => recordKeyOf(ctx.keyring.index, bot.id, type, id)));
  return { type, recordKeys };
}

function toParts(records: readonly OpenedRecord[], hasKeys: boolean): RemoteParts {
  let creds: RemoteParts["creds"];
  const keys = new Map<string, [string, unknown][]>();
  for (const { type, id, value } of records) {
    if (type === CREDS_TYPE) creds = JSON.parse(value);
    else keys.set(type, [...(keys.get(type) ?? []), [id, JSON.parse(value)]]);
  }
  const byType = Array.from(keys, ([type, values]) => [type, Object.fromEntries(values)] as const);
  return { ...(creds ? { creds } : {}), ...(hasKeys ? { keys: Object.fromEntries(byType) } : {}) };
}

async function toAnswer(
  ctx: ServiceContext,
  { bot, lease, keyId }: AuthorizedLease,
  form: RemoteForm,
  { revision, parts }: { readonly revision: number; readonly parts: RemoteParts },
): Promise<RemoteReadView> {
  if (form === null) return { ...parts, revision };
  const { leaseId, epoch } = lease;
  const claims = { keyId, botId: bot.id, lease: { leaseId, epoch }, revision };
  return { sealed: await sealFor(ctx, form, claims, parts), revision };
}
