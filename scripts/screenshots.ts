/** `npm run screenshots`: takes the pictures of the documentation from a demo, into docs/screenshots. */
import { execa } from "execa";
import { findOrInstallChromium } from "./lib/chromium.ts";
import { ROOT } from "./lib/settings.ts";
import { EXIT_WITH_PARENT } from "./lib/supervisor.ts";

const { exitCode = 1 } = await execa(
  process.execPath,
  ["--import", EXIT_WITH_PARENT, "tests/screenshots/screenshot-process.ts"],
  {
    cwd: ROOT,
    env: { CHROMIUM_PATH: await findOrInstallChromium(process.env) },
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
    reject: false,
  },
);
process.exit(exitCode);
