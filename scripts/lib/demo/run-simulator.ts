import { findFreePort, isPortFree } from "../readiness.ts";
import { ROOT } from "../settings.ts";
import { StartError } from "../start-error.ts";
import { superviseProcess } from "../supervisor.ts";
import { ask } from "./ask.ts";
import type { DemoSettings } from "./demo-settings.ts";

const HOST = "127.0.0.1";
const STOP_DEADLINE_MS = 5_000;

/** A simulated WhatsApp that runs, and what the product needs to talk to it instead of the real one. */
export type RunningSimulator = {
  whatsappSettings: Record<string, string>;
  stop: () => Promise<void>;
};

/**
 * Starts the simulator in a process of its own: product and scripts do not import it. Its people wait to be let go.
 * @throws {StartError} when the port of its control page is taken; the signal's reason when it is aborted before it runs.
 */
export async function runSimulator(
  settings: DemoSettings,
  environment: Record<string, string>,
  signal: AbortSignal,
): Promise<RunningSimulator> {
  const { controlPort, controlUrl } = settings;
  if (!(await isPortFree(controlPort, HOST))) {
    throw new StartError(
      `Port ${controlPort} is taken: stop what uses it (another demo?), or set SIMULATOR_CONTROL_PORT to another port.`,
    );
  }
  const process = superviseProcess({
    name: "simulator",
    command: ["tests/simulator/cli.ts", ...(await serveOptions(settings))],
    folder: ROOT,
    environment,
    readyUrl: `${controlUrl}/status`,
  });
  try {
    await beforeAbort(process.firstReady, signal);
    const { url, noiseRootKey } = await ask<{ url: string; noiseRootKey: string }>("GET", `${controlUrl}/status`);
    return {
      whatsappSettings: { WHATSAPP_URL: url, WHATSAPP_NOISE_ROOT_KEY: noiseRootKey },
      stop: () => process.stop(STOP_DEADLINE_MS),
    };
  } catch (err) {
    await process.stop(STOP_DEADLINE_MS);
    throw err;
  }
}

async function serveOptions({ controlPort, simulatorStateFile, publicUrl }: DemoSettings): Promise<string[]> {
  // Chosen here, so that a simulator that was started again is found where it was.
  const port = await findFreePort(HOST);
  const where = ["--port", String(port), "--control-port", String(controlPort)];
  return ["serve", ...where, "--state", simulatorStateFile, "--habits", "--dashboard-url", publicUrl];
}

async function beforeAbort(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  await Promise.race([work, aborted]).finally(() => signal.removeEventListener("abort", stop));
  signal.throwIfAborted();
}
