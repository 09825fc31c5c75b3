import { realpath, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build, type OutputChunk } from "rolldown";
import { ROOT } from "../settings.ts";
import { copyTexts, emptyFolder, installedVersion, writeManifest, writeNotices } from "./package-files.ts";
import { writeDeclarations } from "./write-declarations.ts";

const SDK = join(ROOT, "sdk/session");
const BAILEYS = "@whiskeysockets/baileys";
/** `require` of an ES module that is linked and has not run yet, by which the repairs reach Baileys; 22.12 takes it for a cycle. */
const OLDEST_NODE = "22.18";

/** The order is the point: Baileys, which session.js imports, must find libsignal repaired. */
const INDEX = `import "./repairs.js";\nexport * from "./session.js";\n`;

/**
 * Writes the package to a folder, which is emptied before: JavaScript with what it needs of our other packages inside, one
 * declaration file, manifest, README and licences. Baileys is the installer's.
 * @throws Error when the sources do not type-check, when the types would need something that is not installed, or when
 *   the JavaScript would
 */
export async function buildSdkPackage(folder: string): Promise<void> {
  await emptyFolder(folder);
  const [session] = await Promise.all([
    bundle(folder, "session", join(SDK, "src/public.ts")),
    bundle(folder, "repairs", join(ROOT, "worker/src/whatsapp/repairs/install.ts")),
    writeFile(join(folder, "index.js"), INDEX),
    writeDeclarations(join(folder, "index.d.ts"), { source: SDK, entry: "src/public.ts", packages: [BAILEYS] }),
    describePackage(folder),
    copyTexts(folder, SDK),
  ]);
  await writeNotices(folder, "session.js", await packagesIn(session));
}

/** @throws Error when the file would import anything that is neither Node's nor Baileys */
async function bundle(folder: string, name: string, input: string): Promise<OutputChunk> {
  const { output } = await build({
    input,
    platform: "node",
    external: [/^node:/, new RegExp(`^${BAILEYS}(/|$)`)],
    logLevel: "warn",
    // Unminified, so that a stack trace names the real functions.
    output: { file: join(folder, `${name}.js`), format: "esm", codeSplitting: false },
  });
  const [chunk] = output;
  const others = chunk.imports.filter((found) => !found.startsWith("node:") && found !== BAILEYS);
  if (others.length > 0) throw new Error(`${name}.js would need ${others.join(", ")}`);
  return chunk;
}

/** The folders of the packages of others whose code is in a file. */
async function packagesIn(chunk: OutputChunk): Promise<string[]> {
  const files = Object.keys(chunk.modules).filter((file) => file.includes("/node_modules/"));
  const folders = files.map((file) => /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? dirname(file));
  return [...new Set(await Promise.all(folders.map((folder) => realpath(folder))))].sort();
}

async function describePackage(folder: string): Promise<void> {
  await writeManifest(folder, SDK, {
    engines: { node: `>=${OLDEST_NODE}` },
    exports: { ".": { types: "./index.d.ts", default: "./index.js" }, "./package.json": "./package.json" },
    // Importing it repairs what Baileys loads.
    sideEffects: true,
    // One exact version: the repairs are for its files.
    peerDependencies: { [BAILEYS]: await installedVersion(SDK, BAILEYS) },
  });
}
