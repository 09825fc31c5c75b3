import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const COMPILER = join(ROOT, "node_modules/@typescript/native/bin/tsc");

/** What is packed, and what must be there beside it. */
export interface PackageToPack {
  readonly name: string;
  /** Builds the package into the folder it is given. */
  readonly buildScript: string;
  /** The package of this repository whose dependencies the peers are. */
  readonly source: string;
  /** Taken from this repository, so that no registry is needed. */
  readonly peers: readonly string[];
  /** Of the compiler, beside a strict one of today. */
  readonly compilerOptions: Readonly<Record<string, unknown>>;
}

/** A package as an installer leaves it in a folder outside the repository. */
export interface PackedPackage {
  /** Where programs that use it are. */
  readonly folder: string;
  /** Where it is installed. */
  readonly installed: string;
  manifest(): Promise<Record<string, unknown> & { readonly version: string }>;
  /** The blocks of TypeScript that its README shows. */
  readmePrograms(): Promise<string[]>;
  /** Type-checks one program in `folder`, the declarations it uses included. Answers what the compiler says. */
  typeCheck(file: string, text: string): Promise<string>;
  /** Runs a program in `folder`; the test runner's own packages are no part of it. */
  run(
    file: string,
    text: string,
  ): Promise<{ readonly stdout: string; readonly stderr: string; readonly exitCode?: number }>;
  dispose(): Promise<void>;
}

/** Builds and packs a package, and unpacks it as an installer does: beside it is only what is named. */
export async function packPackage({
  name,
  buildScript,
  source,
  peers,
  compilerOptions,
}: PackageToPack): Promise<PackedPackage> {
  const folder = await mkdtemp(join(tmpdir(), "switchboard-packed-"));
  const installed = join(folder, "node_modules", name);
  const built = join(folder, "built");
  await execa(process.execPath, [join(ROOT, buildScript), built]);
  await execa("npm", ["pack", "--offline", "--ignore-scripts", "--pack-destination", folder], { cwd: built });
  const [tarball = ""] = (await readdir(folder)).filter((file) => file.endsWith(".tgz"));
  await mkdir(installed, { recursive: true });
  await execa("tar", ["-xzf", join(folder, tarball), "-C", installed, "--strip-components=1"]);
  for (const peer of peers)
    await linkPeer(join(ROOT, source, "node_modules", peer), join(folder, "node_modules", peer));
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  return {
    folder,
    installed,
    manifest: async () => JSON.parse(await readFile(join(installed, "package.json"), "utf8")),
    readmePrograms: async () => {
      const text = await readFile(join(installed, "README.md"), "utf8");
      return [...text.matchAll(/```ts\n(.*?)```/gs)].map(([, block = ""]) => block);
    },
    typeCheck: (file, text) => typeCheck(folder, compilerOptions, file, text),
    run: async (file, text) => {
      await writeFile(join(folder, file), text);
      const options = { cwd: folder, env: { NODE_PATH: "" }, reject: false } as const;
      const { stdout, stderr, exitCode } = await execa(process.execPath, [file], options);
      return { stdout, stderr, ...(exitCode === undefined ? {} : { exitCode }) };
    },
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

async function linkPeer(from: string, to: string): Promise<void> {
  await mkdir(join(to, ".."), { recursive: true });
  await symlink(await realpath(from), to);
}

async function typeCheck(folder: string, more: object, file: string, text: string): Promise<string> {
  const compilerOptions = {
    target: "es2022",
    module: "nodenext",
    strict: true,
    noUncheckedIndexedAccess: true,
    ...more,
  };
  await writeFile(join(folder, file), text);
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [file] }));
  const options = { cwd: folder, reject: false };
  return (await execa(process.execPath, [COMPILER, "-p", folder, "--pretty", "false"], options)).stdout;
}
