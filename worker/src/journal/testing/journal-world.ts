import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { importAeadKey } from "@switchboard/core/crypto/aead";
import { randomBytes } from "@switchboard/core/crypto/bytes";
import { importHmacKey } from "@switchboard/core/crypto/hmac";
import type { AuthBatch } from "@switchboard/core/ports/auth-record-store";
import type { BotDataKeys } from "@switchboard/core/services/auth-state/data-keys";
import { askedBotId } from "@switchboard/core/services/branded-ids";
import { MemoryStore } from "../../whatsapp/auth/testing/memory-store.ts";
import { SessionCopy } from "../session-copy.ts";
import { type SessionFolder, sessionFolderOf } from "../session-folder.ts";
import { TwoPlaceStore } from "../two-place-store.ts";

/** The database's error when it cannot be reached. */
export const away = (): Error => Object.assign(new Error("away"), { code: "database_unavailable" });

/** Its error when somebody else holds the session. */
export const stale = (): Error => Object.assign(new Error("stale"), { code: "stale-epoch" });

/** A commit of one record that says how often a chain was stepped. */
export const batchOf = (id: string, messages: number, chain = "chain"): AuthBatch => ({
  records: [{ type: "session", id, value: sessionText(chain, messages) }],
  creds: null,
});

/** A session as libsignal stores it, with one sending chain that made so many messages. */
export const sessionText = (chain: string, messages: number): string =>
  JSON.stringify({
    _sessions: { base: { _chains: { [chain]: { chainType: 1, chainKey: { counter: messages - 1 } } } } },
  });

/** One data key that is never counted. */
export async function plainKeys(): Promise<BotDataKeys> {
  const key = await importAeadKey(randomBytes(32));
  return { sealing: async () => ({ id: 1, key }), opening: async () => key, renew: () => undefined };
}

/** The store of one bot over a database in memory and a folder on the disk. */
export interface JournalWorld {
  readonly database: MemoryStore;
  readonly keys: BotDataKeys;
  readonly folder: SessionFolder;
  readonly copy: SessionCopy;
  readonly store: TwoPlaceStore;
  /** What the store told, in its order. */
  readonly told: string[];
  /** Whether the lease is certain. */
  lease: { isAlive: boolean };
  /** What a reading of the whole session waits for, once it has read the revision. */
  whole: { gate: Promise<void> };
  dispose(): Promise<void>;
}

const HEAD = { botId: askedBotId("bot_1"), leaseId: "lse_1", epoch: 3, workerId: "worker-1" };

/** Opens it at revision 0, with quick waits. */
export async function openJournalWorld(): Promise<JournalWorld> {
  const root = await mkdtemp(join(tmpdir(), "switchboard-journal-"));
  const folder = sessionFolderOf(root, HEAD);
  const [database, keys, told, lease] = [new MemoryStore(), await plainKeys(), [] as string[], { isAlive: true }];
  const indexKey = await importHmacKey(randomBytes(32));
  const whole = { gate: Promise.resolve() };
  const readWhole = async () => {
    const revision = database.batches.length;
    await whole.gate;
    return { revision, records: [] };
  };
  const copy = await SessionCopy.make({ folder, head: HEAD, keys, indexKey, readWhole });
  const store = new TwoPlaceStore({
    database,
    copy,
    mayGoOn: () => lease.isAlive,
    timings: { storePatienceMs: 50, replayRetryMs: 5, copyRetryMs: 0 },
    onRefused: () => told.push("refused"),
    onOutage: (isAway, commits) => told.push(isAway ? "away" : `back ${commits}`),
    onCopyLost: () => told.push("copy lost"),
    onRenewalFailed: () => told.push("renewal failed"),
  });
  const dispose = async () => {
    await store.close();
    await rm(root, { recursive: true, force: true });
  };
  return { database, keys, folder, copy, store, told, lease, whole, dispose };
}
