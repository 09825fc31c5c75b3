/** `npm run dev`: runs api, worker and web from their sources and starts them again when a source changes. */
import { launch } from "./lib/launch.ts";
import { watchedProcesses } from "./lib/processes.ts";
import { readLaunchSettings } from "./lib/settings.ts";

process.exit(
  await launch(() => {
    const settings = readLaunchSettings(process.env);
    return {
      settings,
      processes: watchedProcesses(settings, process.env),
      prepareServers: async () => undefined,
      prepareWeb: async () => undefined,
    };
  }),
);
