import { join } from "node:path";
import { execa } from "execa";
import { type BuildTarget, buildWithStamp, fingerprintSources, isUpToDate } from "./fingerprint.ts";
import { formatSeconds, prefixLines, say } from "./output.ts";
import { ROOT } from "./settings.ts";

/**
 * Not bundled: the database driver loads a native module. Baileys and libsignal must stay the installed modules, because
 * the worker repairs parts of them in place.
 */
const DATABASE_EXTERNALS = ["@libsql/client", "libsql"];
const WHATSAPP_EXTERNALS = ["@whiskeysockets/baileys", "libsignal"];
const SHARED_SOURCES = ["core/src", "db/src", "host/src", "pnpm-lock.yaml", "scripts/lib/build.ts"];

type Bundle = BuildTarget & { entry: string; externals: string[] };

const API: Bundle = {
  name: "api",
  entry: "api/src/entry.node.ts",
  output: "api/dist/entry.mjs",
  stamp: "api/dist/.built-from",
  sources: ["api/src", "api/package.json", ...SHARED_SOURCES],
  externals: DATABASE_EXTERNALS,
};

const WORKER: Bundle = {
  name: "worker",
  entry: "worker/src/main.ts",
  output: "worker/dist/main.mjs",
  stamp: "worker/dist/.built-from",
  sources: ["worker/src", "worker/package.json", ...SHARED_SOURCES],
  externals: [...DATABASE_EXTERNALS, ...WHATSAPP_EXTERNALS],
};

const WEB: BuildTarget = {
  name: "web",
  output: "web/build/handler.js",
  stamp: "web/build/.built-from",
  sources: ["web/src", "web/static", "web/vite.config.ts", "web/package.json", "pnpm-lock.yaml"],
};

/** Builds the api and the worker when their sources changed since the last build. */
export async function buildServers(): Promise<void> {
  await Promise.all([API, WORKER].map((bundle) => buildIfNeeded(bundle, () => bundleServer(bundle))));
}

/** Builds the dashboard when its sources changed since the last build. */
export async function buildWeb(): Promise<void> {
  await buildIfNeeded(WEB, async () => {
    const output = prefixLines("build");
    await execa(process.execPath, [join(ROOT, "web/node_modules/vite/bin/vite.js"), "build", "--logLevel", "warn"], {
      cwd: join(ROOT, "web"),
      stdin: "ignore",
      // The framework's hints for its own command line; errors come on the other one.
      stdout: "ignore",
      stderr: [output, "inherit"],
    });
  });
}

async function buildIfNeeded(target: BuildTarget, build: () => Promise<void>): Promise<void> {
  const fingerprint = await fingerprintSources(target);
  if (await isUpToDate(target, fingerprint)) {
    return;
  }
  const startedMs = performance.now();
  await buildWithStamp(target, fingerprint, build);
  say(`Built ${target.name} in ${formatSeconds(performance.now() - startedMs)}`);
}

/** Unminified, so that a stack trace names the real functions; one file, so that it is read at once. */
async function bundleServer({ entry, output, externals }: Bundle): Promise<void> {
  // Loaded here because most starts build nothing.
  const { build } = await import("rolldown");
  await build({
    input: join(ROOT, entry),
    platform: "node",
    external: [/^node:/, ...externals.map((name) => new RegExp(`^${name}(/|$)`))],
    logLevel: "warn",
    output: { file: join(ROOT, output), format: "esm", codeSplitting: false },
  });
}
