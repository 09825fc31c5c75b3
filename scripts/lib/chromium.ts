import { constants } from "node:fs";
import { access, readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { execa } from "execa";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/**
 * Finds the browser for the tests: CHROMIUM_PATH, else the PATH; else installs Debian's package when that is possible
 * without asking anybody. Never downloads a browser from elsewhere.
 * @throws {Error} with one sentence that says what to do.
 */
export async function findOrInstallChromium(environment: NodeJS.ProcessEnv): Promise<string> {
  const given = environment.CHROMIUM_PATH;
  if (given) {
    if (await isExecutable(given)) {
      return given;
    }
    throw new Error(`CHROMIUM_PATH is ${given}, and that is not a program.`);
  }
  const found = await findOnPath(environment.PATH ?? "");
  if (found !== undefined) {
    return found;
  }
  if (await mayInstall()) {
    await installFromDebian();
  }
  const installed = await findOnPath(environment.PATH ?? "");
  if (installed === undefined) {
    throw new Error("The browser tests need Chromium: install it, or set CHROMIUM_PATH to one.");
  }
  return installed;
}

async function findOnPath(path: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter).filter((part) => part !== "")) {
    for (const name of NAMES) {
      const file = join(folder, name);
      if (await isExecutable(file)) {
        return file;
      }
    }
  }
}

function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function mayInstall(): Promise<boolean> {
  const system = await readFile("/etc/os-release", "utf8").catch(() => "");
  return process.getuid?.() === 0 && /^ID(?:_LIKE)?=.*debian/m.test(system);
}

async function installFromDebian(): Promise<void> {
  console.log("Installing chromium for the browser tests ...");
  const options = {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "inherit",
    env: { DEBIAN_FRONTEND: "noninteractive" },
  } as const;
  await execa("apt-get", ["update", "-qq"], options);
  await execa("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], options);
}
