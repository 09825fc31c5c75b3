import { join } from "node:path";
import { type LaunchSettings, readLaunchSettings } from "../settings.ts";
import { StartError } from "../start-error.ts";

/** Others than those of `npm start`, so that a demo runs beside an installation. */
const PORTS = { API_PORT: "8797", WEB_PORT: "3010", WORKER_PORT: "8798" };
const CONTROL_PORT = "3011";
/** Nothing else of the environment reaches the product: it may hold the settings of an installation. */
const MACHINE_VARIABLES = ["PATH", "HOME", "LANG", "TZ", "TMPDIR", "NO_COLOR", "FORCE_COLOR"];

/** What a demo is told: its ports, and the folder that holds everything it keeps. */
export type DemoSettings = LaunchSettings & {
  controlPort: number;
  /** Where the simulated WhatsApp is controlled. */
  controlUrl: string;
  /** Absolute path; the simulator writes its people and their keys there. */
  simulatorStateFile: string;
};

/**
 * Reads API_PORT, WEB_PORT, WORKER_PORT and SIMULATOR_CONTROL_PORT; everything else is the demo's own, and it listens on
 * 127.0.0.1 only.
 * @throws {StartError} when a port is not a port, or when two processes would share one.
 */
export function readDemoSettings(environment: NodeJS.ProcessEnv, folder: string): DemoSettings {
  const ports = Object.entries(PORTS).map(([name, fallback]) => [name, environment[name] || fallback]);
  const settings = readLaunchSettings({ ...Object.fromEntries(ports), DATA_DIR: join(folder, "data") });
  const controlPort = Number(environment.SIMULATOR_CONTROL_PORT || CONTROL_PORT);
  const others = [settings.apiPort, settings.webPort, settings.workerPort];
  if (!Number.isInteger(controlPort) || controlPort < 1 || controlPort > 65_535 || others.includes(controlPort)) {
    throw new StartError("SIMULATOR_CONTROL_PORT must be a port from 1 to 65535 that nothing else uses.");
  }
  return {
    ...settings,
    controlPort,
    controlUrl: `http://127.0.0.1:${controlPort}`,
    simulatorStateFile: join(folder, "simulator.json"),
  };
}

/** What the machine needs of the environment, and what of it a demo may be told. */
export function demoEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  const kept = Object.entries(environment).filter(([name]) => MACHINE_VARIABLES.includes(name));
  // The lines of the callers are what one wants to see.
  const level = { LOG_LEVEL: environment.LOG_LEVEL || "warn" };
  return { ...Object.fromEntries(kept.filter((entry): entry is [string, string] => entry[1] !== undefined)), ...level };
}
