import { findFreePort, isPortFree } from "../readiness.ts";
import { ROOT } from "../settings.ts";
import { StartError } from "../start-error.ts";
import { type SupervisedProcess, superviseProcess } from "../supervisor.ts";
import { ask } from "./ask.ts";
import type { DemoSettings } from "./demo-settings.ts";

const HOST = "127.0.0.1";

/** A simulated WhatsApp that runs, and what the product needs to talk to it instead of the real one. */
export type RunningSimulator = {
  process: SupervisedProcess;
  whatsappSettings: Record<string, string>;
};

/**
 * Starts the simulator in a process of its own: product and scripts do not import it. Its people wait to be let go.
 * @throws {StartError} when the port of its control page is taken.
 */
export async function runSimulator(
  settings: DemoSettings,
  environment: Record<string, string>,
): Promise<RunningSimulator> {
  const { controlPort, controlUrl, simulatorStateFile, publicUrl } = settings;
  if (!(await isPortFree(controlPort, HOST))) {
    throw new StartError(
      `Port ${controlPort} is taken: stop what uses it (another demo?), or set SIMULATOR_CONTROL_PORT to another port.`,
    );
  }
  // Chosen here, so that a simulator that was started again is found where it was.
  const serve = ["serve", "--port", String(await findFreePort(HOST)), "--control-port", String(controlPort)];
  const stage = ["--state", simulatorStateFile, "--habits", "--dashboard-url", publicUrl];
  const process = superviseProcess({
    name: "simulator",
    command: ["tests/simulator/cli.ts", ...serve, ...stage],
    folder: ROOT,
    environment,
    readyUrl: `${controlUrl}/status`,
  });
  await process.firstReady;
  const { url, noiseRootKey } = await ask<{ url: string; noiseRootKey: string }>("GET", `${controlUrl}/status`);
  return { process, whatsappSettings: { WHATSAPP_URL: url, WHATSAPP_NOISE_ROOT_KEY: noiseRootKey } };
}
