/** `npm start`: builds what is out of date, brings the database up to date, and runs api, worker and web. */
import { buildServers, buildWeb } from "./lib/build.ts";
import { launch } from "./lib/launch.ts";
import { builtProcesses } from "./lib/processes.ts";
import { readLaunchSettings } from "./lib/settings.ts";

process.exit(
  await launch(() => {
    const settings = readLaunchSettings(process.env);
    return {
      settings,
      processes: builtProcesses(settings, process.env),
      prepareServers: buildServers,
      prepareWeb: buildWeb,
    };
  }),
);
