import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { databaseNowMs } from "@switchboard/db/queries/custody";
import { authBatches, type BotId, bots, custody, events } from "@switchboard/db/schema";
import { and, asc, eq, gt } from "drizzle-orm";
import { type BenchInstallation, openBenchInstallation } from "../../../bench/lib/installation.ts";
import { type LinkedAccount, linkAccount } from "../../../bench/lib/linked-accounts.ts";
import { type Program, startProgram } from "../../../bench/lib/program.ts";
import { type SimulatedContact, type Simulator, startSimulator } from "../../../simulator/index.ts";
import { findFreePorts } from "../../../support/free-ports.ts";
import { until } from "./until.ts";

/** The shortest lease that the settings allow: processes are stopped for longer than that. */
const LEASE_SECONDS = 5;

/** One linked bot on a file database, and real worker processes that can be stopped and continued. */
export class StoppedWorld {
  readonly simulator: Simulator;
  readonly installation: BenchInstallation;
  readonly contact: SimulatedContact;
  readonly account: LinkedAccount;
  readonly botId: BotId;
  readonly #folder: string;
  readonly #programs: Program[] = [];

  private constructor(
    parts: Pick<StoppedWorld, "simulator" | "installation" | "contact" | "account" | "botId">,
    folder: string,
  ) {
    this.simulator = parts.simulator;
    this.installation = parts.installation;
    this.contact = parts.contact;
    this.account = parts.account;
    this.botId = parts.botId;
    this.#folder = folder;
  }

  static async open(): Promise<StoppedWorld> {
    const folder = await mkdtemp(join(tmpdir(), "switchboard-stopped-"));
    const simulator = await startSimulator();
    const installation = await openBenchInstallation(folder);
    const contact = simulator.createContact({ name: "Ada" });
    const account = await linkAccount(simulator, "34600005001", [contact]);
    const botId = await installation.addLinkedBot("stopped", account);
    return new StoppedWorld({ simulator, installation, contact, account, botId }, folder);
  }

  /** Starts a worker process with a short lease; it ends with the world. */
  async startWorker(workerId: string): Promise<Program> {
    const [port = 0] = await findFreePorts(1);
    const program = startProgram({
      script: "worker/src/main.ts",
      env: {
        DATA_DIR: join(this.#folder, "data"),
        WORKER_ID: workerId,
        WORKER_PORT: String(port),
        WORKER_LEASE_TTL: String(LEASE_SECONDS),
        WHATSAPP_URL: this.simulator.url,
        WHATSAPP_NOISE_ROOT_KEY: this.simulator.noiseRootKey,
        LOG_LEVEL: "info",
      },
    });
    this.#programs.push(program);
    await program.waitForLine((line) => line.includes("the worker is ready"));
    return program;
  }

  /** Resolves with the custody row once it fits, by the database's clock. */
  untilCustody(fits: (row: typeof custody.$inferSelect, nowMs: number) => boolean) {
    return until(async () => {
      const { row, nowMs } = await this.#readCustody();
      return fits(row, nowMs) ? row : null;
    });
  }

  /** Resolves when nothing was written for a while. */
  async untilQuiet(): Promise<void> {
    await this.account.phone.waitDelivered(this.account.device);
    let before = -1;
    let sameCount = 0;
    await until(async () => {
      const { authRevision } = (await this.#readCustody()).row;
      sameCount = authRevision === before ? sameCount + 1 : 0;
      before = authRevision;
      return sameCount >= 20;
    });
  }

  untilOnline(afterSequence = 0) {
    const { jid } = this.account.device;
    const isOnline = ({ kind, device }: { kind: string; device: string | null }) => kind === "online" && device === jid;
    return this.simulator.transcript.waitFor(isOnline, undefined, afterSequence);
  }

  /** Resolves when a delivery receipt came for each of these messages. */
  untilReceived(ids: readonly string[]): Promise<boolean> {
    return until(() => {
      const { events: seen } = this.simulator.transcript;
      const isReceived = (id: string) => seen.some(({ kind, detail }) => kind === "receipt" && detail.id === id);
      return ids.every(isReceived);
    });
  }

  /** The epochs of everything written after a revision. */
  async epochsSince(revision: number): Promise<number[]> {
    const isLater = and(eq(authBatches.botId, this.botId), gt(authBatches.revision, revision));
    const rows = await this.installation.ctx.db.reader.select().from(authBatches).where(isLater);
    return [...new Set(rows.map(({ epoch }) => epoch))];
  }

  /** The states the bot went through. */
  async states(): Promise<unknown[]> {
    const isState = and(eq(events.botId, this.botId), eq(events.type, "bot.state"));
    const told = await this.installation.ctx.db.reader
      .select()
      .from(events)
      .where(isState)
      .orderBy(asc(events.sequence));
    return told.map(({ data }) => data.state);
  }

  async close(): Promise<void> {
    for (const program of this.#programs) program.signal("SIGCONT");
    await Promise.all(this.#programs.map((program) => program.stop()));
    await this.simulator.stop();
    await this.installation.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #readCustody() {
    const [read] = await this.installation.ctx.db.reader
      .select({ row: custody, nowMs: databaseNowMs })
      .from(custody)
      .innerJoin(bots, eq(bots.id, custody.botId))
      .where(eq(custody.botId, this.botId));
    if (!read) throw new Error("there is no custody row");
    return read;
  }
}
