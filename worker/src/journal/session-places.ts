import { join } from "node:path";
import type { ServiceContext } from "@switchboard/core/context";
import { currentRevision } from "@switchboard/core/services/auth-state/current-revision";
import { openDataKeys } from "@switchboard/core/services/auth-state/data-keys";
import { openRecordStore } from "@switchboard/core/services/auth-state/open-record-store";
import { readSealedCopy } from "@switchboard/core/services/auth-state/sealed-copy";
import type { LeaseName } from "@switchboard/db/queries/custody";
import type { Logger } from "@switchboard/host/logger";
import type { WorkerMetrics } from "../metrics.ts";
import { TooSlowError, within } from "../within.ts";
import { isOutage, StoreStoppedError } from "./errors.ts";
import { Leftovers } from "./leftovers.ts";
import { SessionCopy } from "./session-copy.ts";
import { removeBotFolder, removeSessionFolder, sessionFolderOf } from "./session-folder.ts";
import { SessionsInUseError, type SessionsLock } from "./sessions-lock.ts";
import { TwoPlaceStore, type TwoPlaceTimings } from "./two-place-store.ts";

/** What the sessions of one worker share. */
export interface SessionPlacesOptions {
  readonly ctx: ServiceContext;
  readonly workerId: string;
  readonly dataDir: string;
  readonly logger: Logger;
  readonly metrics: Pick<WorkerMetrics, "sessionStore">;
  /** Held while files are written; without it, only this process can be there. */
  readonly lock?: SessionsLock;
  readonly timings: TwoPlaceTimings & { readonly closeLimitMs: number };
}

/** Whom a store asks and tells while a connection uses it. */
export interface StoreUser {
  /** Whether the lease is certain at this instant, by this process's clock. */
  readonly isAlive: () => boolean;
  /** The database refused what was made durable here: the connection must end at once. */
  readonly onRefused: () => void;
}

interface Held {
  readonly store: TwoPlaceStore;
  user: StoreUser;
}

/**
 * The two places of every session that this worker holds, one store for each lease. A store outlives the connections of its
 * lease: what an outage has left in it must be in the database before the lease is given back.
 */
export class SessionPlaces {
  readonly #options: SessionPlacesOptions;
  readonly #root: string;
  readonly #held = new Map<string, Held>();
  /** Folders of leases in use, from before they are made on; with what makes one now. */
  readonly #inUse = new Map<string, Promise<unknown>>();
  readonly #leftovers: Leftovers;
  #isLockFailureTold = false;
  /** Leases under which a session was used that lacked nothing then. */
  readonly #sound = new Set<string>();

  constructor(options: SessionPlacesOptions) {
    this.#options = options;
    this.#root = join(options.dataDir, "sessions");
    this.#leftovers = new Leftovers({ ...options, root: this.#root });
  }

  /**
   * The store of a lease for a new connection. With the database away it is the one that was open before, if nothing is
   * wrong with it. @throws ServiceError stale-epoch, database errors, StoreStoppedError when it is abandoned meanwhile
   */
  async open(lease: LeaseName, user: StoreUser): Promise<TwoPlaceStore> {
    this.#inUse.set(nameOf(lease), Promise.resolve());
    const held = this.#held.get(lease.leaseId);
    const revision = await this.#askRevision(lease, held?.store ?? null);
    if (held?.store.isWhole && (revision === null || held.store.pendingCount > 0 || held.store.revision === revision)) {
      held.user = user;
      return held.store;
    }
    if (held) await this.#end(lease, held.store);
    return this.#open(lease, user);
  }

  /**
   * Resolves when the database has all that was committed under the lease.
   * @throws StillPendingError while it is away, ServiceError stale-epoch when it refuses
   */
  async settle(lease: LeaseName): Promise<void> {
    await this.#held.get(lease.leaseId)?.store.drain(this.#options.timings.closeLimitMs);
  }

  /**
   * Whether the database is known to have every step that was taken since the session was last recovered or given back
   * cleanly: it was used under this very lease, or under the one before by this worker, and nothing of that is missing.
   */
  isComplete({ botId, leaseId, epoch }: LeaseName): boolean {
    return this.#sound.has(leaseId) || this.#leftovers.wasComplete(botId, epoch - 1);
  }

  /** Shuts the store in this very tick. What it holds is brought to the database, or kept, by `replayLeftovers`. */
  abandon(lease: LeaseName): void {
    this.#sound.delete(lease.leaseId);
    const made = this.#inUse.get(nameOf(lease));
    if (made === undefined) return;
    this.#inUse.delete(nameOf(lease));
    const held = this.#held.get(lease.leaseId);
    this.#held.delete(lease.leaseId);
    this.#leftovers.expect(Promise.allSettled([made, held?.store.close()]));
  }

  /** Removes the files of a lease that was given back or whose session was forgotten; with `bot` also what was kept. Never rejects. */
  async forget(lease: LeaseName, what: "lease" | "bot" = "lease"): Promise<void> {
    const held = this.#held.get(lease.leaseId);
    const made = this.#inUse.get(nameOf(lease));
    this.#inUse.delete(nameOf(lease));
    this.#held.delete(lease.leaseId);
    this.#sound.delete(lease.leaseId);
    try {
      await Promise.allSettled([made, held?.store.close()]);
      if (what === "bot") await removeBotFolder(this.#root, lease.botId);
      else await removeSessionFolder(sessionFolderOf(this.#root, lease));
    } catch (err) {
      this.#options.logger.error({ botId: lease.botId, err }, "the files of a session could not be removed");
    }
  }

  /**
   * Brings to the database what ended lives of this worker could not, and keeps what it refuses. To be called before a
   * lease is taken: a new lease raises the epoch, and nothing of the old one is accepted any more.
   * @throws SessionsInUseError, database errors: nothing may be taken before it was tried again
   */
  async replayLeftovers(): Promise<void> {
    await this.#options.lock?.take().catch((err) => this.#onLockFailed(err));
    await this.#leftovers.replay((folder) => this.#inUse.has(nameOf(folder)));
  }

  /** A disk that takes no lock takes no session either: bots run, in one place only. */
  #onLockFailed(err: unknown): void {
    if (err instanceof SessionsInUseError) throw err;
    if (this.#isLockFailureTold) return;
    this.#isLockFailureTold = true;
    this.#options.logger.error({ err }, "the sessions' files could not be locked");
  }

  /** null: the database is away, and the store that is open can do without. */
  async #askRevision(lease: LeaseName, store: TwoPlaceStore | null): Promise<number | null> {
    const asked = currentRevision(this.#options.ctx, lease);
    if (!store?.isWhole) return asked;
    return within(this.#options.timings.storePatienceMs, asked).catch((err) => {
      if (isOutage(err) || err instanceof TooSlowError) return null;
      throw err;
    });
  }

  /** A store that cannot go on: what is pending in it must first be in the database. */
  async #end(lease: LeaseName, store: TwoPlaceStore): Promise<void> {
    if (!store.isRefused) await store.drain(this.#options.timings.closeLimitMs);
    this.#held.delete(lease.leaseId);
    await store.close();
    if (store.isRefused) await this.#leftovers.keep(sessionFolderOf(this.#root, lease), "refused", store.pendingCount);
  }

  async #open(lease: LeaseName, user: StoreUser): Promise<TwoPlaceStore> {
    const { ctx, timings, logger } = this.#options;
    const log = logger.child({ botId: lease.botId, epoch: lease.epoch });
    const making = this.#makeCopy(lease);
    this.#inUse.set(nameOf(lease), making);
    const copy = await making;
    if (this.#inUse.get(nameOf(lease)) !== making) {
      await copy.close();
      throw new StoreStoppedError("abandoned");
    }
    const count = (event: string) => this.#options.metrics.sessionStore.inc({ event });
    const sayLost = (err: unknown) => {
      count("disk-failed");
      log.error({ err }, "the session could not be written to the disk: it is in one place only");
    };
    if (!copy.isWhole) sayLost(copy.failure);
    const held: Held = {
      user,
      store: new TwoPlaceStore({
        database: openRecordStore(ctx, lease, copy.revision),
        copy,
        timings,
        mayGoOn: () => held.user.isAlive(),
        onRefused: (err) => {
          this.#sound.delete(lease.leaseId);
          log.error({ err }, "the database refused what was committed while it was away");
          held.user.onRefused();
        },
        onOutage: (isAway, commits) => {
          count(isAway ? "outage" : "outage-over");
          if (isAway) log.warn("the database does not answer: commits go to the disk");
          else log.info({ commits }, "the database has every commit of the outage");
        },
        onCopyLost: sayLost,
        onRenewalFailed: (err) => log.error({ err }, "the journal of a session is long and could not be begun anew"),
      }),
    };
    this.#held.set(lease.leaseId, held);
    this.#sound.add(lease.leaseId);
    return held.store;
  }

  #makeCopy(lease: LeaseName): Promise<SessionCopy> {
    const { ctx, workerId } = this.#options;
    return SessionCopy.make({
      folder: sessionFolderOf(this.#root, lease),
      head: { botId: lease.botId, leaseId: lease.leaseId, epoch: lease.epoch, workerId },
      keys: openDataKeys(ctx, lease.botId),
      indexKey: ctx.keyring.index,
      readWhole: () => readSealedCopy(ctx, lease),
    });
  }
}

const nameOf = ({ botId, epoch }: Pick<LeaseName, "epoch"> & { readonly botId: string }): string => `${botId}/${epoch}`;
