import { notFound } from "@switchboard/core/errors";
import manifest from "../../package.json" with { type: "json" };
import { type AppDeps, type AppLogger, type AppSettings, type BrowserSignIn, standardLimits } from "../app-deps.ts";
import { createBrowserSignIn } from "../deps/browser-sign-in.ts";
import { createPasswords } from "../deps/passwords.ts";
import type { Metrics } from "../metrics.ts";
import type { EdgeSettings } from "./bindings.ts";
import type { RequestInstallation } from "./installation.ts";

/** The settings of the app at the edge. */
export const appSettingsOf = ({ settings }: EdgeSettings): AppSettings => ({
  ...standardLimits,
  version: manifest.version,
  trustedProxies: settings.TRUSTED_PROXIES,
  frontDoorSecret: settings.FRONT_DOOR_SECRET,
  cronSecret: settings.CRON_SECRET,
  metricsToken: null,
});

/** Puts the parts of the app together for one request. All of them may be dropped when it is answered. */
export function createRequestDeps(edge: EdgeSettings, installation: RequestInstallation, logger: AppLogger): AppDeps {
  const passwords = createPasswords();
  const { publicUrl } = edge.settings.derived;
  return {
    base: { ...installation, passwords },
    settings: appSettingsOf(edge),
    logger,
    metrics: noMetrics,
    setupCode: noSetupCode,
    documentation: null,
    browserSignIn: lazily(() => createBrowserSignIn({ ...installation, passwords, publicUrl, logger })),
    configuration: edge.settings,
    stopping: new AbortController().signal,
  };
}

/** Isolates come and go, and a scrape would meet any of them: their counts would say nothing. There is no /metrics here. */
const noMetrics: Metrics = {
  requestEnded: () => undefined,
  sessionTokens: () => undefined,
  leases: () => undefined,
  sessionDisclosed: () => undefined,
  rateLimited: () => undefined,
  refused: () => undefined,
  render: () => Promise.reject(notFound()),
};

/** The code is a file of the node side, where the first admin is made. */
const noSetupCode = { read: async () => null, forget: async () => undefined };

/** Made at its first use: most requests bring no cookie. */
function lazily(create: () => BrowserSignIn): BrowserSignIn {
  let made: BrowserSignIn | null = null;
  const get = (): BrowserSignIn => {
    made ??= create();
    return made;
  };
  return {
    handle: (request, address) => get().handle(request, address),
    findUser: (headers) => get().findUser(headers),
  };
}
