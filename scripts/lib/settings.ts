import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { StartError } from "./start-error.ts";

/** The folder of the repository. */
export const ROOT = resolve(fileURLToPath(import.meta.url), "../../..");

/** What the launcher itself must know; each process parses and checks the rest of its settings by itself. */
export type LaunchSettings = {
  host: string;
  apiPort: number;
  webPort: number;
  workerPort: number;
  /** Absolute path. */
  dataDir: string;
  apiUrl: string;
  workerUrl: string;
  /** Where the web process answers on this machine. */
  webUrl: string;
  /** Where people open the dashboard: PUBLIC_URL, or the web process's own address when that is not set. */
  publicUrl: string;
};

/**
 * Reads the settings the launcher needs.
 * @throws {StartError} when a port is not a port, or when two processes would share one.
 */
export function readLaunchSettings(environment: NodeJS.ProcessEnv): LaunchSettings {
  const host = environment.HOST || "127.0.0.1";
  const apiPort = readPort(environment, "API_PORT", 8787);
  const webPort = readPort(environment, "WEB_PORT", 3000);
  const workerPort = readPort(environment, "WORKER_PORT", 8788);
  if (new Set([apiPort, webPort, workerPort]).size < 3) {
    throw new StartError("API_PORT, WEB_PORT and WORKER_PORT must be three different ports.");
  }
  const webUrl = localUrl(host, webPort);
  return {
    host,
    apiPort,
    webPort,
    workerPort,
    dataDir: resolve(ROOT, environment.DATA_DIR || "data"),
    apiUrl: localUrl(host, apiPort),
    workerUrl: localUrl(host, workerPort),
    webUrl,
    publicUrl: (environment.PUBLIC_URL || webUrl).replace(/\/+$/, ""),
  };
}

function readPort(environment: NodeJS.ProcessEnv, name: string, fallback: number): number {
  const text = environment[name];
  if (text === undefined || text === "") {
    return fallback;
  }
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new StartError(`${name} must be a port from 1 to 65535, and is "${text}".`);
  }
  return port;
}

/** A process that listens on every address is reached over the loopback. */
function localUrl(host: string, port: number): string {
  if (host === "0.0.0.0") {
    return `http://127.0.0.1:${port}`;
  }
  if (host === "::") {
    return `http://[::1]:${port}`;
  }
  return host.includes(":") ? `http://[${host}]:${port}` : `http://${host}:${port}`;
}
