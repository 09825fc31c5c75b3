import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { formatSeconds, prefixLines, say } from "./output.ts";
import type { ProductProcesses } from "./processes.ts";
import { isPortFree } from "./readiness.ts";
import { type LaunchSettings, ROOT } from "./settings.ts";
import { StartError } from "./start-error.ts";
import { listenForStop } from "./stop-signal.ts";
import { type SupervisedProcess, superviseProcess } from "./supervisor.ts";

/** In the order of stopping: no new visitors, no new orders, then the worker hands its leases back. */
const STOP_DEADLINE_MS = { web: 5_000, api: 10_000, worker: 20_000 };

/** How one way of running the product differs from the other. */
export type LaunchPlan = {
  settings: LaunchSettings;
  processes: ProductProcesses;
  prepareServers: () => Promise<void>;
  prepareWeb: () => Promise<void>;
  /** Runs once everything is ready; gives the lines that say where to look. Without it they are those of the product. */
  whenReady?: (signal: AbortSignal) => Promise<readonly string[]>;
  /** Ends what was started for the plan; runs after every process of the product has ended. */
  cleanUp?: () => Promise<void>;
};

/**
 * Runs the product until it is told to stop or cannot start, then leaves nothing running.
 * The plan is made inside, so that settings which cannot be used end the start with their sentence.
 * @returns the exit code for the process.
 */
export async function launch(makePlan: (signal: AbortSignal) => LaunchPlan | Promise<LaunchPlan>): Promise<number> {
  const stop = listenForStop();
  const running: SupervisedProcess[] = [];
  let plan: LaunchPlan | undefined;
  let exitCode = 0;
  try {
    plan = await makePlan(stop.signal);
    await Promise.race([startEverything(plan, running, stop.signal), stop.requested]);
    await stop.requested;
  } catch (err) {
    if (!stop.signal.aborted) {
      exitCode = 1;
      say(err instanceof StartError ? err.message : `The start failed: ${err instanceof Error ? err.stack : err}`);
    }
  }
  await stopEverything(running);
  await plan?.cleanUp?.();
  return exitCode;
}

async function startEverything(plan: LaunchPlan, running: SupervisedProcess[], signal: AbortSignal): Promise<void> {
  const startedMs = performance.now();
  const { settings, processes } = plan;
  await refuseTakenPorts(settings);
  await mkdir(settings.dataDir, { recursive: true, mode: 0o700 });
  const webPrepared = plan.prepareWeb();
  webPrepared.catch(() => undefined);
  await Promise.all([plan.prepareServers(), migrateDatabase(processes.api.environment)]);
  const start = (name: keyof ProductProcesses) => {
    signal.throwIfAborted();
    const supervised = superviseProcess(processes[name]);
    running.push(supervised);
    return supervised.firstReady;
  };
  await start("api");
  await Promise.all([start("worker"), webPrepared.then(() => start("web"))]);
  say(`Switchboard is ready after ${formatSeconds(performance.now() - startedMs)}`);
  const lines = plan.whenReady === undefined ? whereToLook(settings) : await plan.whenReady(signal);
  for (const line of [...lines, "Stop with Ctrl-C"]) {
    say(`  ${line}`);
  }
}

async function refuseTakenPorts({ host, apiPort, webPort, workerPort }: LaunchSettings): Promise<void> {
  const ports = { API_PORT: apiPort, WEB_PORT: webPort, WORKER_PORT: workerPort };
  for (const [name, port] of Object.entries(ports)) {
    if (!(await isPortFree(port, host))) {
      throw new StartError(`Port ${port} is taken: stop what uses it, or set ${name} to another port.`);
    }
  }
}

async function migrateDatabase(environment: Record<string, string>): Promise<void> {
  const lines = prefixLines("migrate");
  const result = await execa(process.execPath, [join(ROOT, "db/src/migrate-cli.ts")], {
    cwd: ROOT,
    env: environment,
    extendEnv: false,
    stdin: "ignore",
    stdout: [lines, "inherit"],
    stderr: [lines, "inherit"],
    reject: false,
  });
  if (result.failed) {
    throw new StartError("The database could not be brought up to date. The lines above say why.");
  }
}

function whereToLook(settings: LaunchSettings): string[] {
  const setupCode = join(settings.dataDir, "setup-code");
  return [
    `Dashboard  ${settings.publicUrl}`,
    `API        ${settings.apiUrl}`,
    `OpenAPI    ${settings.publicUrl}/api/openapi.json`,
    ...(existsSync(setupCode) ? [`First run: make the first administrator with the setup code in ${setupCode}`] : []),
  ];
}

async function stopEverything(running: SupervisedProcess[]): Promise<void> {
  for (const name of ["web", "api", "worker"] as const) {
    await running.find((supervised) => supervised.name === name)?.stop(STOP_DEADLINE_MS[name]);
  }
  if (running.length > 0) {
    say("All processes have ended");
  }
}
