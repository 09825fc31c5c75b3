import ts from "typescript";
import type { Declared, ResolveModule } from "./module-index.ts";

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2024,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  noEmit: true,
  types: [],
};
/** What is read to compute types: zod, and within it. Others stay unread, since they are large; what needs one is `any`. */
const READ = /^(\.|zod(\/|$))/;
const PRINTED = ts.NodeBuilderFlags.NoTruncation | ts.NodeBuilderFlags.InTypeAlias;

/** Writes out types that a package computes, so that the package is not needed to read them. */
export interface AliasExpander {
  /**
   * The type alias again, with what it comes to on its right side.
   * @throws Error when there is no such alias, or when it comes to `any`
   */
  expand(alias: Declared): ts.SourceFile;
}

/**
 * @param resolve how the files find each other
 * @param sourceOf the source of a declaration file: packages are looked for from there
 */
export function createAliasExpander(resolve: ResolveModule, sourceOf: (file: string) => string): AliasExpander {
  const host = createHost(resolve, sourceOf);
  return {
    expand: (alias) => {
      const program = ts.createProgram([alias.file], OPTIONS, host);
      const source = program.getSourceFile(alias.file);
      const node = source?.statements.find((statement) => isAlias(statement, alias.name));
      if (!source || !node) throw new Error(`${alias.file} has no type ${alias.name} to write out`);
      const checker = program.getTypeChecker();
      const expanded = checker.typeToTypeNode(checker.getTypeAtLocation(node), node, PRINTED);
      if (!expanded) throw new Error(`${alias.name} of ${alias.file} cannot be written out`);
      const text = ts.createPrinter().printNode(ts.EmitHint.Unspecified, expanded, source);
      if (/\bany\b/.test(text)) throw new Error(`${alias.name} of ${alias.file} comes to any`);
      return ts.createSourceFile(alias.file, `type ${alias.name} = ${text};`, ts.ScriptTarget.Latest, true);
    },
  };
}

/** Reads each file once for all programs. */
function createHost(resolve: ResolveModule, sourceOf: (file: string) => string): ts.CompilerHost {
  const host = ts.createCompilerHost(OPTIONS);
  const files = new Map<string, ts.SourceFile | undefined>();
  const read = host.getSourceFile;
  host.getSourceFile = (file, version) => {
    if (!files.has(file)) files.set(file, read(file, version));
    return files.get(file);
  };
  host.resolveModuleNameLiterals = (literals, fromFile) =>
    literals.map(({ text }) => {
      const file = resolve(text, fromFile);
      if (file === null && !READ.test(text)) return { resolvedModule: undefined };
      if (file !== null) return { resolvedModule: { resolvedFileName: file, extension: ts.Extension.Dts } };
      return ts.resolveModuleName(text, sourceOf(fromFile), OPTIONS, host, undefined, undefined, ts.ModuleKind.ESNext);
    });
  return host;
}

const isAlias = (node: ts.Statement, name: string): boolean =>
  ts.isTypeAliasDeclaration(node) && node.name.text === name;
