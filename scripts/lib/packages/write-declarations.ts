import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { execa } from "execa";
import { ROOT } from "../settings.ts";
import { createAliasExpander } from "./alias-expander.ts";
import { bundleDeclarations } from "./bundle-declarations.ts";
import type { ResolveModule } from "./module-index.ts";

const COMPILER = join(ROOT, "node_modules/@typescript/native/bin/tsc");
/** The compiler's errors about a declaration that names something of another file which is not exported. */
const NOT_DECLARABLE = /: error TS4\d{3}: /;

/** Whose declarations are written, and what may be in them. */
export interface DeclarationsInput {
  /** The folder of the sources; its tsconfig.build.json says where the sources of our other packages are. */
  readonly source: string;
  /** Below `source`: the module whose exports are the package's. */
  readonly entry: string;
  /** What may stay an import. */
  readonly packages: readonly string[];
  /** Names of types that callers never meet and that would bring too much along; written as `object`. */
  readonly opaque?: ReadonlySet<string>;
}

/**
 * Writes the declarations of a package's entry as one file, with what it names of our other packages inside.
 * @throws Error with what the compiler says, or with the way by which the types reach something else
 */
export async function writeDeclarations(file: string, input: DeclarationsInput): Promise<void> {
  const { source, entry, packages, opaque = new Set() } = input;
  const emitted = await mkdtemp(join(tmpdir(), "switchboard-types-"));
  try {
    await emitDeclarations(source, emitted);
    const resolveModule = await moduleResolver(source, emitted);
    const sourceOf = (path: string) => (path.startsWith(emitted) ? join(ROOT, path.slice(emitted.length)) : path);
    const text = bundleDeclarations({
      entry: asDeclaration(join(emitted, relative(ROOT, source), entry)),
      resolve: resolveModule,
      expander: createAliasExpander(resolveModule, sourceOf),
      packages,
      opaque,
    });
    await writeFile(file, text);
  } finally {
    await rm(emitted, { recursive: true, force: true });
  }
}

/**
 * Emits what has a type that can be written down. Parts of the server have not, and no caller names them: were one
 * reached, its file would be missing.
 */
async function emitDeclarations(folder: string, outDir: string): Promise<void> {
  const command = [COMPILER, "-p", join(folder, "tsconfig.build.json"), "--outDir", outDir, "--pretty", "false"];
  const { failed, all } = await execa(process.execPath, command, { reject: false, all: true, lines: true });
  const problems = all.filter((line) => !NOT_DECLARABLE.test(line) && !/^\s/.test(line));
  if (failed && problems.length > 0)
    throw new Error(`The types of ${relative(ROOT, folder)} cannot be made:\n${problems.join("\n")}`);
}

/** The emitted files lie as the sources do, so that the paths of the compiler lead through them as well. */
async function moduleResolver(folder: string, emitted: string): Promise<ResolveModule> {
  const { compilerOptions } = JSON.parse(await readFile(join(folder, "tsconfig.build.json"), "utf8"));
  const paths = Object.entries<string[]>(compilerOptions.paths);
  return (specifier, fromFile) => {
    if (!fromFile.startsWith(emitted)) return null;
    if (specifier.startsWith(".")) return asDeclaration(resolve(dirname(fromFile), specifier));
    for (const [pattern, [target = ""]] of paths) {
      const rest = matchPattern(pattern, specifier);
      if (rest === null) continue;
      const source = resolve(folder, target.replace("*", rest));
      return asDeclaration(join(emitted, source.slice(ROOT.length)));
    }
    return null;
  };
}

const asDeclaration = (file: string): string => file.replace(/\.ts$/, ".d.ts");

/** What stands for the star, or an empty text without one; null: no match. */
function matchPattern(pattern: string, specifier: string): string | null {
  if (!pattern.endsWith("*")) return pattern === specifier ? "" : null;
  const start = pattern.slice(0, -1);
  return specifier.startsWith(start) ? specifier.slice(start.length) : null;
}
