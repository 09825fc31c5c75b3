import type { ServiceContext } from "@switchboard/core/context";
import { askedBotId } from "@switchboard/core/services/branded-ids";
import type { Logger } from "@switchboard/host/logger";
import type { WorkerMetrics } from "../metrics.ts";
import { isOutage, SessionFileAlteredError } from "./errors.ts";
import { type ReplayResult, replayJournal } from "./replay.ts";
import {
  type KeptReason,
  keepSessionFolder,
  listSessionFolders,
  readJournalHead,
  readUnbegun,
  removeSessionFolder,
  type SessionFolder,
} from "./session-folder.ts";

/** A folder in which nothing was begun may be one that is being made; after so long it is not. */
const UNBEGUN_MS = 10 * 60_000;

/** What the leftovers of one worker need. */
export interface LeftoversOptions {
  readonly ctx: ServiceContext;
  readonly workerId: string;
  readonly root: string;
  readonly logger: Logger;
  readonly metrics: Pick<WorkerMetrics, "sessionStore">;
}

/** Whether a folder is of a lease that this process holds, also before anything is in it. */
export type IsHeld = (folder: Pick<SessionFolder, "botId" | "epoch">) => boolean;

/** Files of leases that this worker no longer holds: of an earlier process, or of a lease whose deadline passed. */
export class Leftovers {
  readonly #options: LeftoversOptions;
  /** At the start an earlier process may have left some. */
  #areExpected = true;
  /** When a folder that was too young is looked at again, by this process's clock. */
  #lookAgainAtMs = Number.POSITIVE_INFINITY;
  #closing: Promise<unknown> = Promise.resolve();
  /** The last epoch of each bot whose every step is known to be in the database. */
  readonly #complete = new Map<string, number>();

  constructor(options: LeftoversOptions) {
    this.#options = options;
  }

  /** There will be some once `closed` has settled. */
  expect(closed: Promise<unknown>): void {
    this.#areExpected = true;
    this.#closing = Promise.allSettled([this.#closing, closed]);
  }

  /** Deals with all of them; costs nothing when there are none. @throws database errors: to be tried again */
  async replay(isHeld: IsHeld): Promise<void> {
    if (!this.#areExpected && performance.now() < this.#lookAgainAtMs) return;
    this.#areExpected = false;
    this.#lookAgainAtMs = Number.POSITIVE_INFINITY;
    try {
      await this.#closing;
      for (const folder of await listSessionFolders(this.#options.root)) await this.#replayOne(folder, isHeld);
    } catch (err) {
      this.#areExpected = true;
      throw err;
    }
  }

  /** Whether every step of this epoch, held by this worker, is known to be in the database. */
  wasComplete(botId: string, epoch: number): boolean {
    return this.#complete.get(botId) === epoch;
  }

  /** Puts files out of use that the database did not take, and says so. */
  async keep(folder: SessionFolder, reason: KeptReason, commits: number): Promise<void> {
    const { ctx, root, logger, metrics } = this.#options;
    metrics.sessionStore.inc({ event: "kept" });
    const path = await keepSessionFolder(root, folder, reason, ctx.clock.nowMs());
    const { botId, epoch } = folder;
    logger.error(
      { botId, epoch, reason, commits, path },
      "a journal was refused and is kept; the next holder recovers",
    );
  }

  async #replayOne(folder: SessionFolder, isHeld: IsHeld): Promise<void> {
    const { botId, epoch } = folder;
    try {
      if (isHeld(folder)) return;
      const head = await readJournalHead(folder);
      if (head === null) return await this.#sweep(folder);
      // Of another worker with the same DATA_DIR.
      if (head.workerId !== this.#options.workerId) return;
      const lease = { botId: askedBotId(botId), epoch, leaseId: head.leaseId };
      await this.#settle(folder, await replayJournal(this.#options.ctx, lease, folder));
    } catch (err) {
      if (isOutage(err)) throw err;
      if (err instanceof SessionFileAlteredError) return this.keep(folder, "altered", 0);
      // One folder that cannot be read must not stop every bot of this worker; its next holder recovers.
      this.#options.logger.error({ botId, epoch, err }, "what an ended life has left could not be looked at");
    }
  }

  /** Nothing was committed here: it is being made, or a process ended while it was. */
  async #sweep(folder: SessionFolder): Promise<void> {
    const { workerId, changedAtMs } = await readUnbegun(folder);
    if (workerId !== null && workerId !== this.#options.workerId) return;
    if (this.#options.ctx.clock.nowMs() - changedAtMs >= UNBEGUN_MS) return removeSessionFolder(folder);
    this.#lookAgainAtMs = performance.now() + UNBEGUN_MS;
  }

  async #settle(folder: SessionFolder, result: ReplayResult): Promise<void> {
    const { botId, epoch } = folder;
    if (result.kind === "refused") return this.keep(folder, result.reason, result.commits);
    if (result.kind === "replayed" || result.isComplete) this.#complete.set(botId, epoch);
    if (result.kind === "replayed") {
      this.#options.metrics.sessionStore.inc({ event: "replayed" });
      this.#options.logger.warn({ botId, epoch, commits: result.commits }, "commits of an outage were replayed");
    }
    await removeSessionFolder(folder);
  }
}
