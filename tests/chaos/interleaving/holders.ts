import { commitBatch } from "@switchboard/core/services/auth-state/commit-batch";
import { openRecordStore } from "@switchboard/core/services/auth-state/open-record-store";
import { readRemote } from "@switchboard/core/services/auth-state/read-remote";
import { acquireLease } from "@switchboard/core/services/custody/acquire-lease";
import { releaseLease } from "@switchboard/core/services/custody/release-lease";
import { renewLease } from "@switchboard/core/services/custody/renew-lease";
import { acquireForWorker, releaseForWorker, renewForWorker } from "@switchboard/core/services/custody/worker-leases";
import { apiKeyActor } from "@switchboard/core/testing/factories";
import { leaseActor } from "@switchboard/core/testing/key-lease";
import { chainRecord, readRemoteCounter } from "../remote-holder.ts";
import type { Stage } from "./stage.ts";

/** A lease as its holder uses it. Everything throws the refusals of the service. */
export interface Hold {
  readonly epoch: number;
  readonly wasClean: boolean;
  /** The custody row's at the grant. */
  readonly revision: number;
  /** The last number of the chain, and the credentials as text. */
  read(): Promise<{ counter: number; creds: string }>;
  commit(counter: number, creds: string): Promise<void>;
  /** Sends the last batch once more. */
  repeat?(): Promise<void>;
  /** false: the lease is over. */
  renew(): Promise<boolean>;
  /** false: it was over before. */
  release(isClean: boolean): Promise<boolean>;
}

/** Takes the bot as a worker does. null: somebody else has it. */
export async function takeAsWorker(stage: Stage, index: number): Promise<Hold | null> {
  const workerId = `wrk_${index}`;
  const ctx = stage.as({ kind: "worker", workerId });
  const lease = await acquireForWorker(ctx, { botId: stage.botId, workerId });
  if (lease === null) return null;
  const store = openRecordStore(ctx, lease, lease.authRevision);
  return {
    epoch: lease.epoch,
    wasClean: lease.wasClean,
    revision: lease.authRevision,
    read: async () => ({ counter: await readRemoteCounter(store), creds: (await store.readCreds()) ?? "{}" }),
    commit: (counter, creds) => store.commit({ records: [chainRecord(counter)], creds }),
    renew: async () => (await renewForWorker(ctx, lease)) !== "lost",
    release: async (isClean) => {
      await releaseForWorker(ctx, lease, isClean);
      return stage.wasReleased(lease.epoch);
    },
  };
}

/** Takes the bot as a microservice does. null: somebody else has it. @throws ServiceError what `acquireLease` does */
export async function takeAsKey(
  stage: Stage,
  keyId: string,
  wish: { readonly takeover: boolean; readonly requestId: string },
): Promise<Hold | null> {
  const { botId, owner } = stage;
  const scopes = ["session:lease", "session:takeover", "session:read", "session:plain"] as const;
  const asKey = stage.as({ ...apiKeyActor(owner.teamId, scopes), keyId });
  const request = { botId, idempotencyKey: wish.requestId, takeover: wish.takeover };
  const answer = await acquireLease(asKey, request);
  if (answer.kind === "pending") return null;
  const { leaseId, epoch, revision, clean } = answer.lease;
  const ctx = stage.as(leaseActor(owner, { botId, leaseId, epoch }, keyId));
  let sent = 0;
  let finalRevision = revision;
  const send = async (batch: Parameters<typeof commitBatch>[1]) => {
    finalRevision = (await commitBatch(ctx, batch)).revision;
  };
  let last: Parameters<typeof commitBatch>[1] | null = null;
  return {
    epoch,
    wasClean: clean,
    revision,
    read: async () => {
      const { type, id } = chainRecord(0);
      const { answer: view } = await readRemote(ctx, { botId, creds: true, keys: { [type]: [id] } });
      if (!("creds" in view)) throw new Error("the answer is sealed");
      const text = (view.keys as Record<string, Record<string, unknown>> | undefined)?.[type]?.[id];
      return { counter: Number(text ?? 0), creds: JSON.stringify(view.creds) };
    },
    commit: (counter, creds) => {
      sent += 1;
      const { type, id } = chainRecord(counter);
      const set = { [type]: { [id]: String(counter) } };
      last = {
        botId,
        ifMatch: `"${epoch}.*"`,
        idempotencyKey: `${epoch}-${sent}`,
        seq: sent,
        creds: JSON.parse(creds),
        set,
      };
      return send(last);
    },
    repeat: async () => {
      if (last) await send(last);
    },
    renew: async () => {
      await renewLease(ctx, { botId });
      return true;
    },
    release: async (isClean) => {
      await releaseLease(ctx, { botId, finalRevision, clean: isClean });
      return true;
    },
  };
}
