import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { namedTeamId } from "@switchboard/core/testing/named-ids";
// The repairs come before anything that loads Baileys: imports run in their order here.
import "../../../../worker/src/whatsapp/repairs/install.ts";
import type { ServiceContext } from "@switchboard/core/context";
import { createIds } from "@switchboard/core/crypto/ids";
import type { WorkerIdentity } from "@switchboard/core/services/fleet/register-worker";
import { createTestContext, type TestContext, type TestGround } from "@switchboard/core/testing/test-context";
import { teams } from "@switchboard/db/schema";
import type { Database } from "@switchboard/db/types";
import { systemClock } from "@switchboard/host/clock";
import { createLogger } from "@switchboard/host/logger";
import { createWorker, type Worker } from "../../../../worker/src/create-worker.ts";
import type { WorkerDeps } from "../../../../worker/src/deps.ts";
import { SessionPlaces } from "../../../../worker/src/journal/session-places.ts";
import { createMetrics, type WorkerMetrics } from "../../../../worker/src/metrics.ts";
import { type WorkerTimings, workerTimings } from "../../../../worker/src/timings.ts";
import { trustTestServer } from "../../../../worker/src/whatsapp/whatsapp-server.ts";
import type { Simulator } from "../../../simulator/index.ts";
import { startSimulator } from "../../../simulator/index.ts";
import { TestBot } from "./test-bot.ts";

const TEAM_ID = namedTeamId("team_1");

/** Times of a worker in service, cut down so that a test waits for events and not for clocks. */
export const quickTimings: WorkerTimings = {
  ...workerTimings,
  tickMs: 40,
  heartbeatMs: 100,
  connectWatchdogMs: 20_000,
  keepAliveMs: 1_000,
  reclaimMs: 100,
  unlinkTryMs: 300,
  backOff: { baseDelayMs: 20, delayMsMax: 100 },
  retryMs: 40,
  rejectTryMs: 300,
  rejectPauseMs: 20,
  replyDelayMs: () => 20,
  storePatienceMs: 300,
  replayRetryMs: 40,
};

/** How one worker of a test differs from the others. */
export interface TestWorkerOptions {
  readonly workerId?: string;
  readonly instanceId?: string;
  readonly timings?: Partial<WorkerTimings>;
  /** Lease time of the database and of the worker's own deadline. */
  readonly leaseTtlMs?: number;
  /** Stands between the worker and the database. */
  readonly db?: (real: Database) => Database;
}

/** A worker in this process. */
export interface TestWorker {
  readonly worker: Worker;
  readonly metrics: WorkerMetrics;
  readonly deps: WorkerDeps;
}

/** One installation over a temporary database, one simulator, and the workers of a test. */
export class WorkerWorld {
  readonly test: TestContext;
  readonly simulator: Simulator;
  /** Of every worker of the world: the database is beside it, not in it. */
  readonly dataDir: string;
  /** Acts for an owner of the only team. */
  readonly admin: ServiceContext;
  readonly #workers = new Set<Worker>();
  #count = 0;

  private constructor(test: TestContext, simulator: Simulator, dataDir: string) {
    this.test = test;
    this.simulator = simulator;
    this.dataDir = dataDir;
    this.admin = this.#context({
      kind: "user",
      userId: "usr_1",
      teamId: TEAM_ID,
      role: "owner",
      signInId: null,
      confirmedAtMs: 0,
    });
  }

  /** On a temporary file, or on the ground that is given; it is taken away with the world. */
  static async open(ground?: TestGround): Promise<WorkerWorld> {
    const test = await createTestContext({}, ground);
    const dataDir = await mkdtemp(join(tmpdir(), "switchboard-worker-"));
    const world = new WorkerWorld(test, await startSimulator(), dataDir);
    await test.db.write(async (tx) => {
      await tx.insert(teams).values({ id: TEAM_ID, name: "Team", slug: "team", createdAt: new Date() });
    });
    return world;
  }

  get db(): Database {
    return this.test.db;
  }

  /** Makes a worker that has not begun. */
  makeWorker(options: TestWorkerOptions = {}): TestWorker {
    const { workerId = "worker-1", leaseTtlMs = 120_000, db = (real: Database) => real } = options;
    const testServer = { url: this.simulator.url, noiseRootKey: this.simulator.noiseRootKey };
    trustTestServer(testServer);
    const metrics = createMetrics();
    const base = this.#context({ kind: "worker", workerId });
    const ctx = {
      ...base,
      db: db(this.db),
      settings: { ...base.settings, workerLeaseTtlSeconds: leaseTtlMs / 1000 },
    };
    const logger = createLogger("worker", "silent");
    const timings = { ...quickTimings, ...options.timings };
    const deps: WorkerDeps = {
      ctx,
      workerId,
      leaseTtlMs,
      testServer,
      logger,
      metrics,
      random: () => 0.5,
      timings,
      places: new SessionPlaces({ ctx, workerId, dataDir: this.dataDir, logger, metrics, timings }),
    };
    const instanceId = options.instanceId ?? this.admin.ids.next("worker");
    const identity: WorkerIdentity = { workerId, instanceId, version: "0.0.0-test" };
    const worker = createWorker(deps, identity);
    this.#workers.add(worker);
    return { worker, metrics, deps };
  }

  async startWorker(options: TestWorkerOptions = {}): Promise<TestWorker> {
    const made = this.makeWorker(options);
    await made.worker.start();
    return made;
  }

  /** Stops a worker before the world's end. */
  async stopWorker({ worker }: TestWorker): Promise<void> {
    this.#workers.delete(worker);
    await worker.stop();
  }

  /** A bot with a phone of its own and nobody else's contact, so that tests do not share anything. */
  addBot(contactCount = 1): Promise<TestBot> {
    this.#count += 1;
    return TestBot.create(this, this.#count, contactCount);
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#workers, (worker) => worker.stop()));
    await this.simulator.stop();
    await this.test.dispose();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  #context(actor: ServiceContext["actor"]): ServiceContext {
    return { ...this.test.as(actor), clock: systemClock, ids: createIds(systemClock) };
  }
}
