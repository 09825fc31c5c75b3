import type { Settings } from "@switchboard/core/config/parse-settings";
import { isSetUp } from "@switchboard/core/services/identity/complete-setup";
import type { Logger } from "@switchboard/host/logger";
import type { Installation } from "@switchboard/host/open-installation";
import manifest from "../package.json" with { type: "json" };
import { type AppDeps, standardLimits } from "./app-deps.ts";
import { createBrowserSignIn } from "./deps/browser-sign-in.ts";
import { createPasswords } from "./deps/passwords.ts";
import { createMetrics } from "./deps/prometheus.ts";
import { openReferenceScript } from "./deps/reference-script.ts";
import { openSetupCode } from "./deps/setup-code.ts";

/** What the parts are made from: settings that were parsed, an installation that is open, and the process around it. */
interface Process {
  readonly settings: Settings;
  readonly installation: Installation;
  readonly logger: Logger;
  /** Aborted when the process stops. */
  readonly stopping: AbortSignal;
}

/** Puts the parts of the app together for Node. */
export async function createDeps({ settings, installation, logger, stopping }: Process): Promise<AppDeps> {
  const passwords = createPasswords();
  const { publicUrl } = settings.derived;
  return {
    base: { ...installation, passwords },
    settings: {
      ...standardLimits,
      version: manifest.version,
      trustedProxies: settings.TRUSTED_PROXIES,
      frontDoorSecret: settings.FRONT_DOOR_SECRET,
      cronSecret: settings.CRON_SECRET,
      metricsToken: settings.METRICS_TOKEN,
    },
    logger,
    metrics: createMetrics(),
    setupCode: await prepareSetup(settings, installation, logger),
    browserSignIn: createBrowserSignIn({ ...installation, passwords, publicUrl, logger }),
    documentation: openReferenceScript(),
    configuration: settings,
    stopping,
  };
}

/** Until the first admin exists there is a setup code, printed once at each start; afterwards there is none. */
async function prepareSetup(settings: Settings, installation: Installation, logger: Logger) {
  const setupCode = openSetupCode(settings.DATA_DIR);
  if (await isSetUp(installation)) {
    await setupCode.forget();
    return setupCode;
  }
  const code = await setupCode.ensure();
  logger.info({ file: setupCode.file }, `First run: make the first admin with the setup code ${code}`);
  return setupCode;
}
