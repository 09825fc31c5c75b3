import { chmod, copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "rolldown";
import { ROOT } from "../settings.ts";
import { writeDeclarations } from "./write-declarations.ts";

const CLIENT = join(ROOT, "sdk/client");
/** Installed with the package: callers use the first two with their own types, and the client's answers are made by them. */
const INSTALLED = ["@trpc/client", "@trpc/server", "superjson"];
/** Parts of `sb` alone: taken into it, so that programs that only use the client do not install them. */
const TAKEN_IN = ["commander", "uqr"];
/** `util.styleText`, which `sb` paints with. */
const OLDEST_NODE = "20.12";

interface SourceManifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
}

/**
 * Writes the package to a folder, which is emptied before: the client and `sb` as JavaScript, one declaration file,
 * manifest, README and licences.
 * @throws Error when the sources do not type-check, or when the types would need something that is not installed
 */
export async function buildClientPackage(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await Promise.all([
    writeScripts(folder),
    writeDeclarations(CLIENT, join(folder, "index.d.ts"), INSTALLED),
    writeManifest(folder),
    writeNotices(folder),
    copyFile(join(CLIENT, "README.md"), join(folder, "README.md")),
    copyFile(join(ROOT, "LICENSE"), join(folder, "LICENSE")),
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

async function writeManifest(folder: string): Promise<void> {
  const { name, version, description, license } = await readJson<SourceManifest>(join(CLIENT, "package.json"));
  const manifest = {
    name,
    version,
    description,
    license,
    type: "module",
    engines: { node: `>=${OLDEST_NODE}` },
    exports: { ".": { types: "./index.d.ts", default: "./index.js" }, "./package.json": "./package.json" },
    bin: { sb: "./sb.js" },
    // index.js alone is imported, and importing it does nothing.
    sideEffects: false,
    // Exactly the versions the declarations were made with: they name types of these packages.
    dependencies: Object.fromEntries(
      await Promise.all(INSTALLED.map(async (dependency) => [dependency, (await packageOf(dependency)).version])),
    ),
  };
  await writeFile(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** What the licences of the packages inside sb.js ask for. */
async function writeNotices(folder: string): Promise<void> {
  const notices = await Promise.all(
    TAKEN_IN.map(async (name) => {
      const { version, license } = await packageOf(name);
      const text = await readFile(join(CLIENT, "node_modules", name, "LICENSE"), "utf8");
      return `sb.js contains ${name} ${version} (${license}):\n\n${text.trim()}\n`;
    }),
  );
  await writeFile(join(folder, "THIRD-PARTY-NOTICES"), notices.join(`\n${"-".repeat(72)}\n\n`));
}

const packageOf = (name: string) => readJson<SourceManifest>(join(CLIENT, "node_modules", name, "package.json"));

async function readJson<T>(file: string): Promise<T> {
  return JSON.parse(await readFile(file, "utf8"));
}
