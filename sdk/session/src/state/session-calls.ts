import { countOf } from "../fields.ts";
import type { ApiClient } from "../http/api-client.ts";
import type { Channel, Content } from "../sealing/channel.ts";

/** Ids of records by type. */
export type Wanted = Readonly<Record<string, readonly string[]>>;

/** A batch of changes with its place among those of the epoch. */
export interface NumberedBatch {
  /** From 1 on in each epoch, without gaps. */
  readonly seq: number;
  /** The revision it was made on. */
  readonly revision: number;
  /** JSON text; made once, so that a repetition is the same to the byte. */
  readonly body: string;
}

/** The calls of a session's content. */
export interface SessionCalls {
  /** Under the lease: credentials when asked for, and records of these ids that exist. @throws ApiError, SealError, UnreachableError */
  read(wanted: { readonly creds: boolean; readonly keys: Wanted }, signal: AbortSignal): Promise<Content>;
  /** Under the lease. Resolves with the revision it made. Safe to repeat. @throws ApiError, StaleEpochError, UnreachableError */
  commit(batch: NumberedBatch, signal: AbortSignal): Promise<number>;
  /** The whole session, asked for with the API key. @throws ApiError, SealError, UnreachableError */
  readAll(signal: AbortSignal): Promise<Content>;
}

/** What names the caller. */
export interface SessionCallsDeps {
  readonly api: ApiClient;
  readonly apiKey: string;
  readonly botId: string;
  readonly epoch: number;
  readonly channel: Channel;
  /** The newest token of the lease. */
  readonly leaseToken: () => string;
}

/** The calls of api.md, "Remote auth state". */
export function createSessionCalls({ api, apiKey, botId, epoch, channel, leaseToken }: SessionCallsDeps): SessionCalls {
  const path = `/api/bots/${encodeURIComponent(botId)}/session`;
  return {
    async read({ creds, keys }, signal) {
      const wish = JSON.stringify(creds ? { creds, keys } : { keys });
      const request = { method: "POST", path: `${path}/read`, credential: leaseToken(), body: wish, signal } as const;
      const { body } = await api.send(request);
      return channel.openRead(body);
    },
    async commit({ seq, revision, body }, signal) {
      const headers = { "if-match": `"${epoch}.${revision}"`, "idempotency-key": `${epoch}-${seq}` };
      const answer = await api.send({
        method: "POST",
        path: `${path}/batch`,
        credential: leaseToken(),
        headers,
        body,
        signal,
      });
      return countOf(answer.body, "revision");
    },
    async readAll(signal) {
      const { body } = await api.send({ method: "GET", path, credential: apiKey, signal });
      return channel.openSession(body);
    },
  };
}
