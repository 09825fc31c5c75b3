import {
  recoverAfterUncleanEnd,
  type StoredAuthState,
} from "@switchboard/worker/whatsapp/auth/recover-after-unclean-end";
import { SealError } from "../errors.ts";
import { retrying } from "../http/retry.ts";
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
  const { content } = await retrying(() => calls.readAll(signal), { signal });
  const batch = recoverAfterUncleanEnd(storedState(content));
  if (batch.records.length > 0 || batch.creds !== null) await store.commit(batch);
  return batch.records.length;
}

function storedState(content: Readonly<Record<string, unknown>>): StoredAuthState {
  if (content.creds === undefined || content.creds === null) throw new SealError("The session has no credentials.");
  const records = [...textsOf(content.keys)].flatMap(([type, texts]) =>
    Array.from(texts, ([id, value]) => ({ type, id, value })),
  );
  return { creds: JSON.stringify(content.creds), records };
}
