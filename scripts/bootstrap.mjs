/**
 * Runs one script of the project under the project's own Node, after installing what the lockfile asks for.
 *
 * Usage: node scripts/bootstrap.mjs <script> [arguments]
 *
 * It must run on any Node from 18 on, before anything is installed: plain JavaScript, built-in modules only.
 * It prints nothing of its own when nothing is to install.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const MODULES = join(ROOT, "node_modules");
const STAMP = join(MODULES, ".switchboard-lock-hash");
const INSTALL_LOCK = join(MODULES, ".switchboard-installing");
const OWN_NODE = join(MODULES, "node", "bin", process.platform === "win32" ? "node.exe" : "node");
/** The first version that runs TypeScript by stripping its types without a flag, and that the web framework takes. */
const OLDEST_NODE = [22, 18];
const EXIT_WITH_PARENT = new URL("exit-with-parent.mjs", import.meta.url).href;
const ENV_FILE = join(ROOT, ".env");
const FORWARDED_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];
const POLL_MS = 250;
/** What a user may set for the whole machine; all other npm_* variables speak of the npm that started this script. */
const KEPT_NPM_VARIABLES = /^npm_config_(registry|proxy|https_proxy|noproxy|cafile|cache|userconfig)$/i;
/** These must not see the settings of the installation they are run in. */
const SCRIPTS_WITHOUT_ENV_FILE = new Set([
  "scripts/test.ts",
  "scripts/verify.ts",
  "scripts/bench.ts",
  "scripts/demo.ts",
  "scripts/screenshots.ts",
]);

const [script, ...scriptArguments] = process.argv.slice(2);
if (script === undefined) {
  stop("usage: node scripts/bootstrap.mjs <script> [arguments]");
}
if (!isInstalled()) {
  await installOnce();
}
await runUnderProjectNode(script, scriptArguments);

function isInstalled() {
  return existsSync(STAMP) && readFileSync(STAMP, "utf8") === lockHash();
}

/** The lockfile names every dependency; the workspace file says which of them may run their build scripts. */
function lockHash() {
  const hash = createHash("sha256");
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml"]) {
    hash.update(readFileSync(join(ROOT, file)));
  }
  return hash.update(`${process.platform}-${process.arch}`).digest("hex");
}

/** Two commands started at the same time must not install into one folder at the same time. */
async function installOnce() {
  mkdirSync(MODULES, { recursive: true });
  while (!takeInstallLock()) {
    await delay(POLL_MS);
  }
  try {
    if (!isInstalled()) {
      await install();
      writeFileSync(STAMP, lockHash());
    }
  } finally {
    rmSync(INSTALL_LOCK, { force: true });
  }
}

function takeInstallLock() {
  try {
    writeFileSync(INSTALL_LOCK, String(process.pid), { flag: "wx" });
    return true;
  } catch (err) {
    if (err.code !== "EEXIST") {
      throw err;
    }
  }
  if (!isAlive(readLockOwner())) {
    rmSync(INSTALL_LOCK, { force: true });
  }
  return false;
}

function readLockOwner() {
  try {
    return Number(readFileSync(INSTALL_LOCK, "utf8"));
  } catch {
    return 0;
  }
}

function isAlive(pid) {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (err) {
    return err.code === "EPERM";
  }
}

async function install() {
  const { packageManager } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  process.stderr.write(`Installing dependencies with ${packageManager} ...\n`);
  const npx = process.platform === "win32" ? "npx.cmd" : "npx";
  const args = ["-y", packageManager, "install", "--frozen-lockfile"];
  const environment = { ...withoutNpmVariables(process.env), CI: "true" };
  // What is printed on the way belongs to the log; standard output is the script's.
  const child = spawn(npx, args, { cwd: ROOT, env: environment, stdio: ["ignore", 2, 2] });
  const code = await superviseChild(child, `${npx} could not be started: npm belongs to Node, install both`);
  if (code !== 0) {
    stop(`The dependencies could not be installed (exit code ${code}). The lines above say why.`, code);
  }
}

async function runUnderProjectNode(target, args) {
  const runtime = existsSync(OWN_NODE) ? OWN_NODE : usersOwnNode();
  const environment = {
    ...withoutNpmVariables(process.env),
    PATH: [join(MODULES, ".bin"), process.env.PATH ?? ""].join(delimiter),
  };
  const envFile = existsSync(ENV_FILE) && !SCRIPTS_WITHOUT_ENV_FILE.has(target) ? [`--env-file=${ENV_FILE}`] : [];
  const command = ["--import", EXIT_WITH_PARENT, ...envFile, resolve(ROOT, target), ...args];
  const child = spawn(runtime, command, { cwd: ROOT, env: environment, stdio: "inherit" });
  process.exitCode = await superviseChild(child, `${runtime} could not be started`);
}

/** The package that carries Node is optional, so that an installation without it can still run on a new enough one. */
function usersOwnNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) {
    return process.execPath;
  }
  return stop(
    `Node ${oldestMajor}.${oldestMinor} or newer is needed: this is ${process.versions.node}, and the project's own ` +
      `copy could not be downloaded. Install a newer Node, or delete node_modules and try again with a network.`,
  );
}

/**
 * Resolves to the exit code of the child. Passes signals on, and ends the child when the npm that started this process
 * is gone: npm and npx die on SIGTERM without telling their children.
 */
function superviseChild(child, startFailure) {
  const forward = (signal) => child.kill(signal);
  for (const signal of FORWARDED_SIGNALS) {
    process.on(signal, forward);
  }
  const stopWatching =
    process.env.npm_lifecycle_event === undefined ? () => {} : onParentGone(() => forward("SIGTERM"));
  return new Promise((settle) => {
    child.once("error", (err) => stop(`${startFailure} (${err.message})`));
    child.once("exit", (code, signal) => {
      for (const forwarded of FORWARDED_SIGNALS) {
        process.removeListener(forwarded, forward);
      }
      stopWatching();
      settle(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}

function onParentGone(act) {
  const ancestors = readAncestors();
  const timer = setInterval(() => {
    if (readAncestors() !== ancestors) {
      clearInterval(timer);
      act();
    }
  }, POLL_MS);
  return () => clearInterval(timer);
}

/** npm puts a shell between itself and this process, and the shell outlives it: where /proc tells, look behind it. */
function readAncestors() {
  try {
    const [, grandparent] = readFileSync(`/proc/${process.ppid}/stat`, "utf8").split(") ").at(-1).split(" ");
    return `${process.ppid} ${grandparent}`;
  } catch {
    return String(process.ppid);
  }
}

function withoutNpmVariables(environment) {
  const isKept = ([name]) => !/^npm_/i.test(name) || KEPT_NPM_VARIABLES.test(name);
  return Object.fromEntries(Object.entries(environment).filter(isKept));
}

function stop(sentence, code = 1) {
  process.stderr.write(`${sentence}\n`);
  process.exit(code);
}
