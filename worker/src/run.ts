import { parseSettings, type Settings, SettingsError } from "@switchboard/core/config/parse-settings";
import { createIds } from "@switchboard/core/crypto/ids";
import { CHECKPOINT_INTERVAL_MS } from "@switchboard/core/services/audit/checkpoints";
import { WrongMasterKeyError } from "@switchboard/core/services/system/load-keyring";
import { checkpointFolder } from "@switchboard/host/audit-checkpoint-files";
import { systemClock } from "@switchboard/host/clock";
import { createLogger } from "@switchboard/host/logger";
import { MasterKeyError } from "@switchboard/host/master-key-file";
import { openInstallation } from "@switchboard/host/open-installation";
import { stopOnSignals } from "@switchboard/host/shutdown";
import { createWorker } from "./create-worker.ts";
import { workerContext } from "./deps.ts";
import { readEnvironment } from "./env.ts";
import { serveWorkerHttp } from "./http.ts";
import { createCheckpointJob } from "./jobs/audit-checkpoints.ts";
import { every } from "./jobs/every.ts";
import { SessionPlaces } from "./journal/session-places.ts";
import { SessionsLock } from "./journal/sessions-lock.ts";
import { createMetrics } from "./metrics.ts";
import { surviveRejections } from "./survive-rejections.ts";
import { workerTimings } from "./timings.ts";
import { trustTestServer } from "./whatsapp/whatsapp-server.ts";
import { within } from "./within.ts";

const VERSION = "0.1.0";
/** A worker whose id was taken must end, also when its good-bye cannot be written. */
const REPLACED_STOP_MS = 20_000;

/** Runs a worker process until it is told to stop. Wrong settings end it with a sentence. */
export async function runWorker(): Promise<void> {
  try {
    await startWorker(parseSettings(readEnvironment()));
  } catch (err) {
    const isOurs = err instanceof SettingsError || err instanceof MasterKeyError || err instanceof WrongMasterKeyError;
    process.stderr.write(`The worker cannot start. ${isOurs ? err.message : String(err)}\n`);
    process.exit(1);
  }
}

async function startWorker(settings: Settings): Promise<void> {
  const logger = createLogger("worker", settings.LOG_LEVEL);
  for (const warning of settings.derived.warnings) logger.warn(warning);
  const metrics = createMetrics();
  surviveRejections(logger, metrics);
  const testServer = readTestServer(settings);
  const installation = await openInstallation(settings);
  const ctx = workerContext(installation, settings.WORKER_ID);
  const { DATA_DIR: dataDir, WORKER_ID: workerId } = settings;
  const lock = new SessionsLock(dataDir, workerId);
  const deps = {
    ctx,
    workerId,
    leaseTtlMs: settings.WORKER_LEASE_TTL * 1000,
    testServer,
    logger,
    metrics,
    random: Math.random,
    timings: workerTimings,
    places: new SessionPlaces({ ctx, workerId, dataDir, logger, metrics, lock, timings: workerTimings }),
  };
  const worker = createWorker(deps, {
    workerId: settings.WORKER_ID,
    instanceId: createIds(systemClock).next("worker"),
    version: VERSION,
  });
  const http = await serveWorkerHttp({
    worker,
    metrics,
    hostname: settings.HOST,
    port: settings.WORKER_PORT,
    token: settings.METRICS_TOKEN,
  });
  const folder = checkpointFolder(settings.DATA_DIR);
  const signAudit = createCheckpointJob({ ctx: deps.ctx, folder, logger });
  const checkpoints = every(CHECKPOINT_INTERVAL_MS, logger, "audit checkpoints", signAudit);
  await worker.start();
  checkpoints.start();
  logger.info({ workerId: settings.WORKER_ID, port: settings.WORKER_PORT }, "the worker is ready");
  const stop = async () => {
    await worker.stop();
    lock.release();
    await checkpoints.stop();
    await http.close();
    await installation.db.close();
  };
  stopOnSignals(logger, stop);
  void worker.replaced.then(() => {
    logger.error({ workerId: settings.WORKER_ID }, "another process uses this WORKER_ID; give each worker its own");
    const end = () => process.exit(1);
    within(REPLACED_STOP_MS, stop()).then(end, end);
  });
}

function readTestServer(settings: Settings) {
  if (settings.WHATSAPP_URL === null || settings.WHATSAPP_NOISE_ROOT_KEY === null) return null;
  const server = { url: settings.WHATSAPP_URL, noiseRootKey: settings.WHATSAPP_NOISE_ROOT_KEY };
  trustTestServer(server);
  return server;
}
