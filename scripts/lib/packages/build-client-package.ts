import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { build } from "rolldown";
import { ROOT } from "../settings.ts";
import { copyTexts, emptyFolder, installedVersion, writeManifest, writeNotices } from "./package-files.ts";
import { writeDeclarations } from "./write-declarations.ts";

const CLIENT = join(ROOT, "sdk/client");
/** Installed with the package: callers use the first two with their own types, and the client's answers are made by them. */
const INSTALLED = ["@trpc/client", "@trpc/server", "superjson"];
/** Parts of `sb` alone: taken into it, so that programs that only use the client do not install them. */
const TAKEN_IN = ["commander", "uqr"];
/** What a procedure runs with: its callers never meet it, and it would bring the whole server along. */
const OPAQUE = new Set(["TrpcContext"]);
/** `util.styleText`, which `sb` paints with. */
const OLDEST_NODE = "20.12";

/**
 * Writes the package to a folder, which is emptied before: the client and `sb` as JavaScript, one declaration file,
 * manifest, README and licences.
 * @throws Error when the sources do not type-check, or when the types would need something that is not installed
 */
export async function buildClientPackage(folder: string): Promise<void> {
  await emptyFolder(folder);
  const declarations = { source: CLIENT, entry: "src/index.ts", packages: INSTALLED, opaque: OPAQUE };
  await Promise.all([
    writeScripts(folder),
    writeDeclarations(join(folder, "index.d.ts"), declarations),
    describePackage(folder),
    // What the licences of the packages inside sb.js ask for.
    writeNotices(
      folder,
      "sb.js",
      TAKEN_IN.map((name) => join(CLIENT, "node_modules", name)),
    ),
    copyTexts(folder, CLIENT),
  ]);
}

async function writeScripts(folder: string): Promise<void> {
  await build({
    input: { index: join(CLIENT, "src/index.ts"), sb: join(CLIENT, "src/cli/main.ts") },
    platform: "node",
    external: [/^node:/, ...INSTALLED.map((name) => new RegExp(`^${name}(/|$)`))],
    logLevel: "warn",
    output: { dir: folder, format: "esm", entryFileNames: "[name].js", chunkFileNames: "client-[hash].js" },
  });
  await chmod(join(folder, "sb.js"), 0o755);
}

async function describePackage(folder: string): Promise<void> {
  const versions = await Promise.all(INSTALLED.map(async (name) => [name, await installedVersion(CLIENT, name)]));
  await writeManifest(folder, CLIENT, {
    engines: { node: `>=${OLDEST_NODE}` },
    exports: { ".": { types: "./index.d.ts", default: "./index.js" }, "./package.json": "./package.json" },
    bin: { sb: "./sb.js" },
    // index.js alone is imported, and importing it does nothing.
    sideEffects: false,
    // Exactly the versions the declarations were made with: they name types of these packages.
    dependencies: Object.fromEntries(versions),
  });
}
