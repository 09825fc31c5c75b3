import { runMaintenance } from "./maintenance/run.ts";

// `npm run -s maintain -- <command>`: for who runs the machine. It asks for nothing but the database and the master key.
const interrupted = new AbortController();
process.once("SIGINT", () => interrupted.abort());
process.once("SIGTERM", () => interrupted.abort());

process.exitCode = await runMaintenance(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  // npm starts its scripts in the folder of the repository, and says here where its user stands.
  folder: process.env.INIT_CWD || process.cwd(),
  interrupted: interrupted.signal,
});
