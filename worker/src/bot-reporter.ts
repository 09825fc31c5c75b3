import { ServiceError } from "@switchboard/core/errors";
import { type BotReport, reportBot } from "@switchboard/core/services/fleet/report-bot";
import type { LeaseName } from "@switchboard/db/queries/custody";
import type { WorkerDeps } from "./deps.ts";

/** Keeps the bot's row in step with what its holder knows: what could not be written is tried again at the next `flush`. */
export class BotReporter {
  readonly #deps: WorkerDeps;
  readonly #lease: LeaseName;
  #unwritten: BotReport | null = null;

  constructor(deps: WorkerDeps, lease: LeaseName) {
    this.#deps = deps;
    this.#lease = lease;
  }

  /** true when nothing waits to be written. */
  get isSettled(): boolean {
    return this.#unwritten === null;
  }

  /** Says the newest truth; facts of an unwritten report are kept. @throws ServiceError stale-epoch */
  async say(report: BotReport): Promise<void> {
    this.#unwritten = { ...this.#unwritten, ...report };
    await this.flush();
  }

  /** Writes what waits. Resolves also when the database could not be asked. @throws ServiceError stale-epoch */
  async flush(): Promise<void> {
    const report = this.#unwritten;
    if (!report) return;
    try {
      await reportBot(this.#deps.ctx, this.#lease, report);
      if (this.#unwritten === report) this.#unwritten = null;
    } catch (err) {
      if (err instanceof ServiceError && err.code === "stale-epoch") throw err;
      this.#deps.logger.warn({ botId: this.#lease.botId, err }, "the bot's state could not be written yet");
    }
  }
}
