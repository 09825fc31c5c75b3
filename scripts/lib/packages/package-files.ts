import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../settings.ts";

/** The members of a package.json that are read here. */
export interface PackageManifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
}

/** Empties the folder a package is written to, and makes it. */
export async function emptyFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
}

/** Writes package.json: name, version and words of the source, and what the package adds. */
export async function writeManifest(folder: string, source: string, members: object): Promise<void> {
  const { name, version, description, license } = await readJson<PackageManifest>(join(source, "package.json"));
  const manifest = { name, version, description, license, type: "module", ...members };
  await writeFile(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Writes the README of the source and the licence of the project. */
export async function copyTexts(folder: string, source: string): Promise<void> {
  await copyFile(join(source, "README.md"), join(folder, "README.md"));
  await copyFile(join(ROOT, "LICENSE"), join(folder, "LICENSE"));
}

/** Writes what the licences ask for of the packages that are inside one of the files. `parts`: folders of those packages. */
export async function writeNotices(folder: string, file: string, parts: readonly string[]): Promise<void> {
  const notices = await Promise.all(
    parts.map(async (part) => {
      const { name, version, license } = await readJson<PackageManifest>(join(part, "package.json"));
      const text = await readFile(join(part, await licenceOf(part)), "utf8");
      return `${file} contains ${name} ${version} (${license}):\n\n${text.trim()}\n`;
    }),
  );
  await writeFile(join(folder, "THIRD-PARTY-NOTICES"), notices.join(`\n${"-".repeat(72)}\n\n`));
}

/** The version of a package that is installed for a workspace member. */
export const installedVersion = async (source: string, name: string): Promise<string> =>
  (await readJson<PackageManifest>(join(source, "node_modules", name, "package.json"))).version;

async function licenceOf(folder: string): Promise<string> {
  const found = (await readdir(folder)).find((name) => /^licen[cs]e(\.\w+)?$/i.test(name));
  if (found === undefined) throw new Error(`${folder} has no licence to quote`);
  return found;
}

async function readJson<T>(file: string): Promise<T> {
  return JSON.parse(await readFile(file, "utf8"));
}
