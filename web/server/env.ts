import { apiUrlOf, webSettings } from "../src/settings.ts";

/** The settings of the web process. */
export type WebSettings = {
  host: string;
  webPort: number;
  /** Where the api answers on this machine, without a slash at the end. */
  apiUrl: string;
  /** Origin at which people open the dashboard; undefined: wherever they reach it. */
  publicUrl: string | undefined;
  /** Addresses and CIDR ranges. */
  trustedProxies: string[];
};

/**
 * Reads and checks the settings once, at the start.
 * @throws {Error} with a sentence about the setting that cannot be used.
 */
export function readWebSettings(environment: NodeJS.ProcessEnv): WebSettings {
  const host = webSettings.HOST(environment.HOST);
  return {
    host,
    webPort: webSettings.WEB_PORT(environment.WEB_PORT),
    apiUrl: apiUrlOf(host, webSettings.API_PORT(environment.API_PORT)),
    publicUrl: webSettings.PUBLIC_URL(environment.PUBLIC_URL),
    trustedProxies: webSettings.TRUSTED_PROXIES(environment.TRUSTED_PROXIES),
  };
}
