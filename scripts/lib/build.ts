import { join } from "node:path";
import { execa } from "execa";
import { type BuildTarget, buildWithStamp, fingerprintSources, isUpToDate } from "./fingerprint.ts";
import { formatSeconds, prefixLines, say } from "./output.ts";
import { ROOT } from "./settings.ts";
import { StartError } from "./start-error.ts";

/**
 * Not bundled: the database driver loads a native module. Baileys and libsignal must stay the installed modules, because
 * the worker repairs parts of them in place.
 */
const DATABASE_EXTERNALS = ["@libsql/client", "libsql"];
const WHATSAPP_EXTERNALS = ["@whiskeysockets/baileys", "libsignal"];
const SHARED_SOURCES = ["core/src", "db/src", "host/src", "pnpm-lock.yaml", "scripts/bundle.ts"];

type Bundle = BuildTarget & { runtime: "node" | "edge"; entry: string; externals: string[] };

const API: Bundle = {
  name: "api",
  runtime: "node",
  entry: "api/src/entry.node.ts",
  output: "api/dist/entry.mjs",
  stamp: "api/dist/.built-from",
  sources: ["api/src", "api/package.json", ...SHARED_SOURCES],
  externals: DATABASE_EXTERNALS,
};

const WORKER: Bundle = {
  name: "worker",
  runtime: "node",
  entry: "worker/src/main.ts",
  output: "worker/dist/main.mjs",
  stamp: "worker/dist/.built-from",
  sources: ["worker/src", "worker/package.json", ...SHARED_SOURCES],
  externals: [...DATABASE_EXTERNALS, ...WHATSAPP_EXTERNALS],
};

const EDGE: Bundle = {
  name: "edge",
  runtime: "edge",
  entry: "api/src/entry.edge.ts",
  output: "api/build/edge/entry.mjs",
  stamp: "api/build/edge/.built-from",
  sources: ["api/src", "api/package.json", ...SHARED_SOURCES],
  externals: [],
};

const WEB: BuildTarget = {
  name: "web",
  output: "web/build/handler.js",
  stamp: "web/build/.built-from",
  sources: ["web/src", "web/static", "web/vite.config.ts", "web/package.json", "pnpm-lock.yaml"],
};

/**
 * Builds the api and the worker when their sources changed since the last build.
 * @throws {StartError} when the sources cannot be built.
 */
export async function buildServers(): Promise<void> {
  await Promise.all([API, WORKER].map(buildBundle));
}

/** The api for edge runtimes: one module worker. */
export const EDGE_WORKER_FILE = join(ROOT, EDGE.output);

/**
 * Builds EDGE_WORKER_FILE when its sources changed since the last build.
 * @throws {StartError} when the sources cannot be built.
 */
export async function buildEdge(): Promise<void> {
  await buildBundle(EDGE);
}

async function buildBundle(bundle: Bundle): Promise<void> {
  const { runtime, entry, output, externals } = bundle;
  await buildIfNeeded(bundle, [join(ROOT, "scripts/bundle.ts"), runtime, entry, output, ...externals], ROOT);
}

/**
 * Builds the dashboard when its sources changed since the last build.
 * @throws {StartError} when the sources cannot be built.
 */
export async function buildWeb(): Promise<void> {
  const folder = join(ROOT, "web");
  await buildIfNeeded(WEB, [join(folder, "node_modules/vite/bin/vite.js"), "build", "--logLevel", "warn"], folder);
}

async function buildIfNeeded(target: BuildTarget, command: string[], folder: string): Promise<void> {
  const fingerprint = await fingerprintSources(target);
  if (await isUpToDate(target, fingerprint)) {
    return;
  }
  const startedMs = performance.now();
  await buildWithStamp(target, fingerprint, () => runBuild(target.name, command, folder));
  say(`Built ${target.name} in ${formatSeconds(performance.now() - startedMs)}`);
}

async function runBuild(name: string, command: string[], folder: string): Promise<void> {
  const result = await execa(process.execPath, command, {
    cwd: folder,
    stdin: "ignore",
    // Progress, and the framework's hints for its own command line; errors come on the other one.
    stdout: "ignore",
    stderr: [prefixLines("build"), "inherit"],
    reject: false,
  });
  if (result.failed) {
    throw new StartError(`${name} could not be built. The lines above say why.`);
  }
}
