import { createApiClient } from "../../sdk/session/src/http/api-client.ts";
import { acquireLease } from "../../sdk/session/src/lease/acquire-lease.ts";
import { createLeaseCalls } from "../../sdk/session/src/lease/lease-calls.ts";
import { LeaseLife } from "../../sdk/session/src/lease/lease-life.ts";
import { silentLogger } from "../../sdk/session/src/options.ts";
import { plainChannel } from "../../sdk/session/src/sealing/channel.ts";
import { RemoteRecordStore } from "../../sdk/session/src/state/remote-record-store.ts";
import { createSessionCalls } from "../../sdk/session/src/state/session-calls.ts";
import type { Acknowledged } from "./chain.ts";

const TTL_SECONDS = 5;
/** A record whose value is any text, so that a chain of numbers can stand in for a ratchet. */
const TYPE = "lid-mapping";
const ID = "15550100";

/** One microservice that fights for a bot. */
export interface RemoteHolder {
  readonly url: string;
  readonly apiKey: string;
  readonly botId: string;
  /** Aborted when the fight is over. */
  readonly signal: AbortSignal;
  readonly onAcknowledged: (entry: Acknowledged) => void;
  /** A hold ended without giving the bot back. */
  readonly onLost: () => void;
}

/**
 * Leases the bot again and again through the package's own lease, store and retries, and writes one number more with each
 * batch until the lease is lost. Returns when the fight is over.
 */
export async function fightRemotely(holder: RemoteHolder): Promise<void> {
  while (!holder.signal.aborted) {
    // Every refusal ends one hold; the next begins from what is stored.
    await holdRemotely(holder).catch(() => undefined);
  }
}

async function holdRemotely(holder: RemoteHolder): Promise<void> {
  const { url, apiKey, botId, signal } = holder;
  const api = createApiClient(url);
  const calls = createLeaseCalls(api, apiKey, botId);
  const wish = { ttlSeconds: TTL_SECONDS, takeover: false, waitSeconds: 5, signal, onWaiting: undefined };
  const acquired = await acquireLease(calls, wish);
  const quiet = { onDrain: () => undefined, onLost: () => undefined, isStalled: () => false, logger: silentLogger };
  const life = await LeaseLife.begin({ calls, botId, ttlSeconds: TTL_SECONDS, ...quiet }, acquired);
  const lease = { botId, leaseId: life.leaseId, epoch: life.epoch };
  const both = AbortSignal.any([life.signal, signal]);
  const store = new RemoteRecordStore({
    calls: createSessionCalls({
      api,
      apiKey,
      botId,
      epoch: life.epoch,
      channel: plainChannel,
      leaseToken: () => life.token,
    }),
    channel: plainChannel,
    lease,
    revision: acquired.lease.revision,
    signal: both,
    onReadFailed: (error) => life.lose(error),
    onRetry: () => undefined,
  });
  try {
    await writeChain(store, life.epoch, holder, both);
  } finally {
    life.stop(new Error("this hold is over"));
    holder.onLost();
  }
}

async function writeChain(
  store: RemoteRecordStore,
  epoch: number,
  { onAcknowledged }: RemoteHolder,
  signal: AbortSignal,
): Promise<void> {
  let counter = await readRemoteCounter(store);
  const creds: Record<string, unknown> = JSON.parse((await store.readCreds()) ?? "{}");
  for (;;) {
    signal.throwIfAborted();
    counter += 1;
    const records = [chainRecord(counter)];
    await store.commit({ records, creds: JSON.stringify({ ...creds, accountSyncCounter: counter }) });
    onAcknowledged({ epoch, counter });
  }
}

/** The record of the chain's number, as a holder's connection stores it. */
export const chainRecord = (counter: number) => ({ type: TYPE, id: ID, value: JSON.stringify(String(counter)) });

/** The last number of the chain; 0 before the first. */
export async function readRemoteCounter(store: {
  read(type: string, ids: readonly string[]): Promise<Map<string, string>>;
}): Promise<number> {
  const text = (await store.read(TYPE, [ID])).get(ID);
  return text === undefined ? 0 : Number(JSON.parse(text));
}
