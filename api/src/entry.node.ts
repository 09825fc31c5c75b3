import { parseSettings, type Settings, SettingsError } from "@switchboard/core/config/parse-settings";
import { WrongMasterKeyError } from "@switchboard/core/services/system/load-keyring";
import { createLogger } from "@switchboard/host/logger";
import { MasterKeyError } from "@switchboard/host/master-key-file";
import { openInstallation } from "@switchboard/host/open-installation";
import { stopOnSignals } from "@switchboard/host/shutdown";
import { createApp } from "./app.ts";
import { createDeps } from "./deps.ts";
import { readEnvironment } from "./env.ts";
import { startServer } from "./node/server.ts";

/** Opens the installation as the settings say and serves it until the process is told to stop. */
async function main(settings: Settings): Promise<void> {
  const logger = createLogger("api", settings.LOG_LEVEL);
  for (const warning of settings.derived.warnings) logger.warn(warning);
  const installation = await openInstallation(settings);
  const stopping = new AbortController();
  const deps = await createDeps({ settings, installation, logger, stopping: stopping.signal });
  const server = await startServer(createApp(deps).fetch, settings.API_PORT, settings.HOST);
  logger.info({ host: settings.HOST, port: settings.API_PORT }, "listening");
  stopOnSignals(logger, async () => {
    stopping.abort();
    await server.stop();
    await installation.db.close();
  });
}

/** Mistakes of whoever runs the product are told in a sentence; everything else with its stack. */
function explain(err: unknown): string {
  const isTheirs = err instanceof SettingsError || err instanceof MasterKeyError || err instanceof WrongMasterKeyError;
  if (!(err instanceof Error)) return "The api could not start.";
  return isTheirs ? err.message : (err.stack ?? err.message);
}

try {
  await main(parseSettings(readEnvironment()));
} catch (err) {
  process.stderr.write(`${explain(err)}\n`);
  process.exit(1);
}
