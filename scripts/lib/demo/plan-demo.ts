import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildServers, buildWeb } from "../build.ts";
import type { LaunchPlan } from "../launch.ts";
import { say } from "../output.ts";
import { builtProcesses } from "../processes.ts";
import { type DemoSettings, demoEnvironment, readDemoSettings } from "./demo-settings.ts";
import { runSimulator } from "./run-simulator.ts";
import { DEMO_LOGIN, stageDemo } from "./stage-demo.ts";

/** The lines of the callers push those with the addresses out of sight. */
const REMINDER_MS = 60_000;

/**
 * Starts a simulated WhatsApp and plans a product that talks to it, with data of its own that is removed at the end.
 * @throws {StartError} when a port is taken or no port.
 */
export async function planDemo(environment: NodeJS.ProcessEnv, signal: AbortSignal): Promise<LaunchPlan> {
  const folder = await mkdtemp(join(tmpdir(), "switchboard-demo-"));
  const end: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  const cleanUp = async () => {
    for (const step of end.toReversed()) {
      await step();
    }
  };
  try {
    return await makePlan();
  } catch (err) {
    await cleanUp();
    throw err;
  }

  async function makePlan(): Promise<LaunchPlan> {
    const settings = readDemoSettings(environment, folder);
    const clean = demoEnvironment(environment);
    const built = Promise.all([buildServers(), buildWeb()]);
    built.catch(() => undefined);
    const simulator = await runSimulator(settings, clean, signal);
    end.push(simulator.stop);
    const processes = builtProcesses(settings, {
      ...clean,
      ...simulator.whatsappSettings,
      SIMULATION_CONTROL_URL: settings.controlUrl,
    });
    const whenReady = async (stopping: AbortSignal) => {
      await stageDemo(settings, stopping);
      const timer = setInterval(() => say(whereToLook(settings).join("   ")), REMINDER_MS);
      end.push(async () => clearInterval(timer));
      return [
        "This is a simulation: bots and callers are made up, and nothing reaches WhatsApp.",
        ...whereToLook(settings),
      ];
    };
    const wait = async () => void (await built);
    return { settings, processes, prepareServers: wait, prepareWeb: wait, whenReady, cleanUp };
  }
}

function whereToLook({ publicUrl, controlUrl }: DemoSettings): string[] {
  return [
    `Dashboard  ${publicUrl}`,
    `Login      ${DEMO_LOGIN.email}`,
    `Password   ${DEMO_LOGIN.password}`,
    `Callers    ${controlUrl}`,
  ];
}
