const SAVE_INTERVAL_MS = 2_000;

/** How `simulator serve` was called. */
export interface ServeOptions {
  readonly port: number;
  readonly controlPort: number;
  readonly state?: string;
  readonly seed?: number;
  readonly isJson: boolean;
}

/** Runs a simulator until SIGINT or SIGTERM; prints where it is and what clients do wrong. */
export async function serve({ port, controlPort, state, seed, isJson }: ServeOptions): Promise<void> {
  // Loaded here so that the other commands start without the protocol library.
  const { startSimulator } = await import("../index.ts");
  const simulator = await startSimulator({
    port,
    controlPort,
    ...(state !== undefined && { stateFile: state }),
    ...(seed !== undefined && { randomSeed: seed }),
  });
  const { url, noiseRootKey, controlUrl } = simulator;
  if (isJson) console.log(JSON.stringify({ url, noiseRootKey, controlUrl }));
  else console.log(`WHATSAPP_URL=${url}\nWHATSAPP_NOISE_ROOT_KEY=${noiseRootKey}\ncontrol port ${controlUrl}`);
  let savedPosition = 0;
  let printedViolations = 0;
  const timer = setInterval(() => {
    for (const violation of simulator.violations.slice(printedViolations)) console.error(JSON.stringify(violation));
    printedViolations = simulator.violations.length;
    if (simulator.transcript.position === savedPosition) return;
    savedPosition = simulator.transcript.position;
    simulator.save().catch((err: unknown) => console.error("the state was not saved:", err));
  }, SAVE_INTERVAL_MS);
  await untilAskedToStop();
  clearInterval(timer);
  await simulator.stop();
}

function untilAskedToStop(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
}
