import type { ServiceContext } from "@switchboard/core/context";
import { ServiceError } from "@switchboard/core/errors";
import { currentRevision } from "@switchboard/core/services/auth-state/current-revision";
import { MissingDataKeyError, openDataKeys } from "@switchboard/core/services/auth-state/data-keys";
import { openRecordStore } from "@switchboard/core/services/auth-state/open-record-store";
import type { LeaseName } from "@switchboard/db/queries/custody";
import { SessionFileAlteredError } from "./errors.ts";
import { type JournalEntry, type ReadJournal, readJournal } from "./journal-file.ts";
import type { KeptReason, SessionFolder } from "./session-folder.ts";

/** What became of a journal that an ended life has left. */
export type ReplayResult =
  | { readonly kind: "nothing-missing"; readonly isComplete: boolean }
  | { readonly kind: "replayed"; readonly commits: number; readonly tornBytes: number }
  | { readonly kind: "refused"; readonly reason: KeptReason; readonly commits: number };

/**
 * Brings to the database what only this machine had, under the lease it was made under, in its order. Applied ones are
 * recognised by their number and hash, so that a replay can be repeated. `nothing-missing` is complete when the lease still
 * stands and the database, which may have been restored from a backup, is not older. The files stay as they are.
 * @throws database errors: it can be tried again
 */
export async function replayJournal(
  ctx: ServiceContext,
  lease: LeaseName,
  folder: SessionFolder,
): Promise<ReplayResult> {
  const journal = await readOrNull(ctx, lease, folder);
  if (journal === "altered" || journal === "key-gone") return { kind: "refused", reason: journal, commits: 0 };
  const missing = journal?.entries.filter(({ revision }) => revision > journal.storedUpTo) ?? [];
  const [first] = missing;
  if (journal === null || first === undefined)
    return { kind: "nothing-missing", isComplete: await hasAll(ctx, lease, journal) };
  const refused = (reason: KeptReason) => ({ kind: "refused", reason, commits: missing.length }) as const;
  try {
    if ((await currentRevision(ctx, lease)) < first.revision - 1) return refused("older-database");
    await commitAll(ctx, lease, first, missing);
  } catch (err) {
    if (err instanceof ServiceError && err.code === "stale-epoch") return refused("other-holder");
    throw err;
  }
  return { kind: "replayed", commits: missing.length, tornBytes: journal.tornBytes };
}

async function hasAll(ctx: ServiceContext, lease: LeaseName, journal: ReadJournal | null): Promise<boolean> {
  if (journal === null) return false;
  const last = journal.entries.at(-1)?.revision ?? journal.head.revision;
  try {
    return (await currentRevision(ctx, lease)) >= last;
  } catch (err) {
    if (err instanceof ServiceError) return false;
    throw err;
  }
}

async function commitAll(ctx: ServiceContext, lease: LeaseName, first: JournalEntry, missing: readonly JournalEntry[]) {
  const store = openRecordStore(ctx, lease, first.revision - 1);
  for (const { records, creds } of missing) await store.commit({ records, creds });
}

async function readOrNull(
  ctx: ServiceContext,
  { botId, epoch, leaseId }: LeaseName,
  { journalPath }: SessionFolder,
): Promise<ReadJournal | "altered" | "key-gone" | null> {
  try {
    const journal = await readJournal(journalPath, openDataKeys(ctx, botId));
    const isOfLease =
      journal === null ||
      (journal.head.botId === botId && journal.head.epoch === epoch && journal.head.leaseId === leaseId);
    return isOfLease ? journal : "altered";
  } catch (err) {
    if (err instanceof SessionFileAlteredError) return "altered";
    if (err instanceof MissingDataKeyError) return "key-gone";
    throw err;
  }
}
