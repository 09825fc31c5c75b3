import { ServiceError } from "@switchboard/core/errors";
import { type BotReport, reportBot } from "@switchboard/core/services/fleet/report-bot";
import type { LeaseName } from "@switchboard/db/queries/custody";
import type { WorkerDeps } from "./deps.ts";
import { TooSlowError, within } from "./within.ts";

/** What a reporter needs of its worker. */
export type ReporterDeps = Pick<WorkerDeps, "ctx" | "logger"> & {
  readonly timings: Pick<WorkerDeps["timings"], "storePatienceMs">;
};

/**
 * Keeps the bot's row in step with what its holder knows: what could not be written is tried again at the next `flush`. One
 * report is written at a time, so that an older one that took long never replaces a newer one.
 */
export class BotReporter {
  readonly #deps: ReporterDeps;
  readonly #lease: LeaseName;
  #unwritten: BotReport | null = null;
  #writing: Promise<void> | null = null;

  constructor(deps: ReporterDeps, lease: LeaseName) {
    this.#deps = deps;
    this.#lease = lease;
  }

  /** true when nothing waits to be written. */
  get isSettled(): boolean {
    return this.#unwritten === null;
  }

  /** Says the newest truth; facts of an unwritten report are kept. Waits as `flush` does. @throws ServiceError stale-epoch */
  async say(report: BotReport): Promise<void> {
    this.#unwritten = { ...this.#unwritten, ...report };
    await this.flush();
  }

  /**
   * Writes what waits. Resolves also when the database could not be asked, and when its answer is late: a bot connects
   * without it, and the write goes on. @throws ServiceError stale-epoch
   */
  async flush(): Promise<void> {
    if (this.isSettled) return;
    await within(this.#deps.timings.storePatienceMs, this.ended()).catch((err) => {
      if (!(err instanceof TooSlowError)) throw err;
    });
  }

  /** As `flush`, but waits for the answer, however late: nothing is being written then. @throws ServiceError stale-epoch */
  ended(): Promise<void> {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = null;
    });
    return this.#writing;
  }

  async #write(): Promise<void> {
    for (let report = this.#unwritten; report !== null; report = this.#unwritten) {
      try {
        await reportBot(this.#deps.ctx, this.#lease, report);
      } catch (err) {
        if (err instanceof ServiceError && err.code === "stale-epoch") throw err;
        this.#deps.logger.warn({ botId: this.#lease.botId, err }, "the bot's state could not be written yet");
        return;
      }
      if (this.#unwritten === report) this.#unwritten = null;
    }
  }
}
