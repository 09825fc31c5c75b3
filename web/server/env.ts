import { apiUrlOf, webSettings } from "../src/settings.ts";

/** The settings of the web process. */
export type WebSettings = {
  host: string;
  webPort: number;
  /** Where the api answers on this machine, without a slash at the end. */
  apiUrl: string;
  /** Origin at which people open the dashboard; undefined: wherever they reach it. */
  publicUrl: string | undefined;
  /** Shown to the api with each request; undefined: nothing is shown. */
  frontDoorSecret: string | undefined;
  /** Addresses and CIDR ranges. */
  trustedProxies: string[];
};

/**
 * Reads and checks the settings once, at the start.
 * @throws {Error} with a sentence about the setting that cannot be used.
 */
export function readWebSettings(): WebSettings {
  const environment = process.env;
  const host = webSettings.HOST(environment.HOST);
  return {
    host,
    webPort: webSettings.WEB_PORT(environment.WEB_PORT),
    apiUrl: apiUrlOf(host, webSettings.API_PORT(environment.API_PORT)),
    publicUrl: webSettings.PUBLIC_URL(environment.PUBLIC_URL),
    frontDoorSecret: webSettings.FRONT_DOOR_SECRET(environment.FRONT_DOOR_SECRET),
    trustedProxies: webSettings.TRUSTED_PROXIES(environment.TRUSTED_PROXIES),
  };
}

/**
 * Must be called before the built pages are loaded: the adapter reads its own settings then. Told nothing, it takes every
 * request for https, and form posts over plain http would all be refused as cross-site.
 */
export function tellAdapterWhereToLook(): void {
  process.env.PROTOCOL_HEADER = "x-forwarded-proto";
  process.env.HOST_HEADER = "x-forwarded-host";
  process.env.ADDRESS_HEADER = "x-forwarded-for";
}
