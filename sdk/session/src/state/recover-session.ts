import {
  recoverAfterUncleanEnd,
  type StoredAuthState,
} from "@switchboard/worker/whatsapp/auth/recover-after-unclean-end";
import { SealError } from "../errors.ts";
import { retrying } from "../http/retry.ts";
import type { Content } from "../sealing/channel.ts";
import { type RemoteRecordStore, textsOf } from "./remote-record-store.ts";
import type { SessionCalls } from "./session-calls.ts";

/**
 * Makes a session safe to send from after an end that was not clean: keys which may have been used are skipped. Must be
 * done before the first connection. Resolves with the number of records that were changed.
 * @throws ApiError (the API key needs `session:read`), LeaseLostError, StaleEpochError, SealError
 */
export async function recoverSession(
  calls: SessionCalls,
  store: RemoteRecordStore,
  signal: AbortSignal,
): Promise<number> {
  const content = await readPresent(calls, store.revision, signal);
  const batch = recoverAfterUncleanEnd(storedState(content));
  if (batch.records.length > 0 || batch.creds !== null) await store.commit(batch);
  return batch.records.length;
}

/**
 * The whole session as it is now: the batch is written over what was read, and under the lease nobody else writes, so an
 * older one would bring used keys back.
 */
async function readPresent(calls: SessionCalls, revision: number, signal: AbortSignal): Promise<Content["content"]> {
  const ask = () => retrying(() => calls.readAll(signal), { signal });
  const first = await ask();
  const { content, revision: readRevision } = first.revision === revision ? first : await ask();
  if (readRevision === revision) return content;
  throw new SealError(
    `The session that was sent is of revision ${readRevision}, and the lease was granted at ${revision}.`,
  );
}

function storedState(content: Readonly<Record<string, unknown>>): StoredAuthState {
  if (content.creds === undefined || content.creds === null) throw new SealError("The session has no credentials.");
  const records = [...textsOf(content.keys)].flatMap(([type, texts]) =>
    Array.from(texts, ([id, value]) => ({ type, id, value })),
  );
  return { creds: JSON.stringify(content.creds), records };
}
