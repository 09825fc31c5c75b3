import type { Simulator } from "../../simulator/index.ts";
import { findFreePorts } from "../../support/free-ports.ts";
import { type Program, startProgram } from "./program.ts";

/** A worker of the product in a process of its own. */
export interface WorkerProgram extends Program {
  /** Time from a call's stanza to its durable decision so far, as the worker counts it. */
  readScreening(): Promise<{ readonly count: number; readonly seconds: number }>;
}

/** Starts the worker on an installation; its bots connect by themselves. */
export async function startWorkerProgram(
  dataDir: string,
  simulator: Simulator,
  nodeFlags: readonly string[] = [],
): Promise<WorkerProgram> {
  const [port = 0] = await findFreePorts(1);
  const program = startProgram({
    script: "worker/src/main.ts",
    nodeFlags,
    env: {
      DATA_DIR: dataDir,
      WORKER_PORT: String(port),
      WHATSAPP_URL: simulator.url,
      WHATSAPP_NOISE_ROOT_KEY: simulator.noiseRootKey,
      LOG_LEVEL: "info",
    },
  });
  const read = (metrics: string, name: string) =>
    Number(new RegExp(`^switchboard_screening_seconds_${name} (\\S+)`, "m").exec(metrics)?.[1] ?? 0);
  return {
    ...program,
    readScreening: async () => {
      const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      return { count: read(metrics, "count"), seconds: read(metrics, "sum") };
    },
  };
}
