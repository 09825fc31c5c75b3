/**
 * One reader per setting of the web process: takes the text of the environment variable, undefined when it is not set,
 * and gives the value.
 * @throws {Error} with a sentence for the person who set it.
 */
export const webSettings = {
  HOST: (text: string | undefined): string => text || "127.0.0.1",
  WEB_PORT: (text: string | undefined): number => readPort("WEB_PORT", text, 3000),
  API_PORT: (text: string | undefined): number => readPort("API_PORT", text, 8787),
  /** Where people open the dashboard, as an origin without a path; undefined: wherever they reach it. */
  PUBLIC_URL: (text: string | undefined): string | undefined => (text ? readOrigin("PUBLIC_URL", text) : undefined),
  /** Shown to the api, which then believes the address of the visitor; undefined: it believes this by TRUSTED_PROXIES only. */
  FRONT_DOOR_SECRET: (text: string | undefined): string | undefined => text?.trim() || undefined,
  /** Addresses and CIDR ranges of the proxies whose X-Forwarded-* headers are believed. */
  TRUSTED_PROXIES: (text: string | undefined): string[] => (text ?? "").split(/[\s,]+/).filter((part) => part !== ""),
  /** Where the simulated WhatsApp of a demo is controlled; every page then says that it shows a simulation. It opens nothing. */
  SIMULATION_CONTROL_URL: (text: string | undefined): string | undefined =>
    text ? readOrigin("SIMULATION_CONTROL_URL", text) : undefined,
};

/** Where the web process reaches the api: on this machine; an api that listens on every address, over the loopback. */
export function apiUrlOf(host: string, apiPort: number): string {
  const reachable = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${apiPort}`;
}

function readPort(name: string, text: string | undefined, fallback: number): number {
  if (!text) {
    return fallback;
  }
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`${name} must be a port from 1 to 65535, and is "${text}".`);
  }
  return port;
}

function readOrigin(name: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol) || url.pathname !== "/" || url.search !== "") {
    throw new Error(`${name} must be an address like https://switchboard.example.org, without a path.`);
  }
  return url.origin;
}
