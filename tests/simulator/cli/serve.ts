import type { Simulator } from "../index.ts";

const SAVE_INTERVAL_MS = 2_000;

/** How `simulator serve` was called. */
export interface ServeOptions {
  readonly port: number;
  readonly controlPort: number;
  readonly state?: string;
  readonly seed?: number;
  readonly habits?: boolean;
  readonly dashboardUrl?: string;
  readonly isJson: boolean;
}

/** Runs a simulator until SIGINT or SIGTERM; prints where it is and what clients do wrong, and with habits who does what. */
export async function serve(options: ServeOptions): Promise<void> {
  const { port, controlPort, state, seed, dashboardUrl, habits = false } = options;
  // Loaded here so that the other commands start without the protocol library.
  const [{ startSimulator }, { narrate }] = await Promise.all([import("../index.ts"), import("./narrate.ts")]);
  const simulator = await startSimulator({
    port,
    controlPort,
    dashboardUrl,
    hasHabits: habits,
    ...(state !== undefined && { stateFile: state }),
    ...(seed !== undefined && { randomSeed: seed }),
  });
  printWhere(simulator, options.isJson);
  const stopNarration = habits ? narrate(simulator) : () => undefined;
  const timer = watch(simulator);
  await untilAskedToStop();
  clearInterval(timer);
  stopNarration();
  await simulator.stop();
}

function printWhere({ url, noiseRootKey, controlUrl }: Simulator, isJson: boolean): void {
  if (isJson) console.log(JSON.stringify({ url, noiseRootKey, controlUrl }));
  else console.log(`WHATSAPP_URL=${url}\nWHATSAPP_NOISE_ROOT_KEY=${noiseRootKey}\ncontrol page and port ${controlUrl}`);
}

/** Saves what is new, and prints what clients did wrong since the last time. */
function watch(simulator: Simulator): NodeJS.Timeout {
  let savedPosition = 0;
  let printedViolations = 0;
  return setInterval(() => {
    for (const violation of simulator.violations.slice(printedViolations)) console.error(JSON.stringify(violation));
    printedViolations = simulator.violations.length;
    if (simulator.transcript.position === savedPosition) return;
    savedPosition = simulator.transcript.position;
    simulator.save().catch((err: unknown) => console.error("the state was not saved:", err));
  }, SAVE_INTERVAL_MS);
}

function untilAskedToStop(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
}
