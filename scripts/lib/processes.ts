import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { type LaunchSettings, ROOT } from "./settings.ts";
import type { ProcessDefinition } from "./supervisor.ts";

/** The three processes of the product. */
export type ProductProcesses = Record<"api" | "worker" | "web", ProcessDefinition>;

/** The web process faces browsers: it is given these settings, and of secrets only the one it shows to the api. */
const WEB_SETTINGS = ["PUBLIC_URL", "ALLOW_INSECURE_HTTP", "TRUSTED_PROXIES", "LOG_LEVEL", "SIMULATION_CONTROL_URL"];
const SYSTEM_VARIABLES = ["PATH", "HOME", "LANG", "TZ", "NO_COLOR", "FORCE_COLOR"];

/** What `npm start` runs: the bundles and the built dashboard. */
export function builtProcesses(settings: LaunchSettings, environment: NodeJS.ProcessEnv): ProductProcesses {
  return describeProcesses(settings, environment, {
    api: ["api/dist/entry.mjs"],
    worker: ["worker/dist/main.mjs"],
    web: ["web/server/main.ts"],
  });
}

/** What `npm run dev` runs: the sources, started again when one of them changes. */
export function watchedProcesses(settings: LaunchSettings, environment: NodeJS.ProcessEnv): ProductProcesses {
  const { web, ...servers } = describeProcesses(settings, environment, {
    api: ["scripts/watch.ts", "api/src/entry.node.ts"],
    worker: ["scripts/watch.ts", "worker/src/main.ts"],
    web: ["node_modules/vite/bin/vite.js", "dev", "--clearScreen", "false"],
  });
  return { ...servers, web: { ...web, folder: join(ROOT, "web") } };
}

function describeProcesses(
  settings: LaunchSettings,
  environment: NodeJS.ProcessEnv,
  commands: Record<keyof ProductProcesses, string[]>,
): ProductProcesses {
  const addresses = addressSettings(settings);
  const { FRONT_DOOR_SECRET: given, ...others } = environment;
  const secret = { FRONT_DOOR_SECRET: given || newSecret() };
  const servers = { ...definedVariables(others), ...addresses, DATA_DIR: settings.dataDir };
  const harmless = { ...pickVariables(environment, [...WEB_SETTINGS, ...SYSTEM_VARIABLES]), ...addresses };
  return {
    api: {
      name: "api",
      command: commands.api,
      folder: ROOT,
      environment: { ...servers, ...secret },
      readyUrl: `${settings.apiUrl}/ready`,
    },
    worker: {
      name: "worker",
      command: commands.worker,
      folder: ROOT,
      environment: servers,
      readyUrl: `${settings.workerUrl}/ready`,
    },
    web: {
      name: "web",
      command: commands.web,
      folder: ROOT,
      environment: { ...harmless, ...secret },
      readyUrl: `${settings.webUrl}/ready`,
    },
  };
}

/** Good for one start: nobody but api and web ever needs it. */
const newSecret = (): string => randomBytes(32).toString("base64url");

function addressSettings({ host, apiPort, webPort, workerPort }: LaunchSettings): Record<string, string> {
  return { HOST: host, API_PORT: String(apiPort), WEB_PORT: String(webPort), WORKER_PORT: String(workerPort) };
}

function pickVariables(environment: NodeJS.ProcessEnv, names: string[]): Record<string, string> {
  return definedVariables(Object.fromEntries(names.map((name) => [name, environment[name]])));
}

function definedVariables(environment: NodeJS.ProcessEnv): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined) {
      variables[name] = value;
    }
  }
  return variables;
}
