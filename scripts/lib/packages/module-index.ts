import { readFileSync } from "node:fs";
import ts from "typescript";

/** The file a module specifier means; null: a package that stays an import. */
export type ResolveModule = (specifier: string, fromFile: string) => string | null;

/** A thing declared at the top of one of the files. */
export interface Declared {
  readonly kind: "declared";
  readonly file: string;
  readonly name: string;
}

/** Where a name leads. */
export type Found = Declared | { readonly kind: "external"; readonly specifier: string; readonly name: string };

interface Origin {
  /** null: declared in the same file. */
  readonly specifier: string | null;
  readonly name: string;
}

interface Module {
  readonly declarations: ReadonlyMap<string, ts.Statement[]>;
  readonly imports: ReadonlyMap<string, Origin>;
  readonly exports: ReadonlyMap<string, Origin>;
  /** Specifiers of `export * from`. */
  readonly stars: readonly string[];
}

/** Finds declarations by name across declaration files, through imports and re-exports. */
export class ModuleIndex {
  readonly #resolve: ResolveModule;
  readonly #modules = new Map<string, Module>();

  constructor(resolve: ResolveModule) {
    this.#resolve = resolve;
  }

  /** The names a file exports under names of its own, not those of `export *`. */
  exportsOf(file: string): string[] {
    return [...this.#module(file).exports.keys()];
  }

  /** What a name means inside a file; null: a global, or a type parameter. */
  findLocal(file: string, name: string): Found | null {
    const module = this.#module(file);
    if (module.declarations.has(name)) return { kind: "declared", file, name };
    const origin = module.imports.get(name);
    return origin ? this.#follow(file, origin) : null;
  }

  /** What `import { name } from "specifier"` means in a file. @throws Error when the module has no such export */
  findImported(fromFile: string, specifier: string, name: string): Found {
    const file = this.#resolve(specifier, fromFile);
    return file === null ? { kind: "external", specifier, name } : this.findExport(file, name);
  }

  /** @throws Error when the file does not export the name */
  findExport(file: string, name: string): Found {
    const found = this.#findExport(file, name);
    if (!found) throw new Error(`${file} does not export ${name}`);
    return found;
  }

  /** Every declaration of a thing: interfaces and overloads may have several. */
  declarationsOf({ file, name }: Declared): readonly ts.Statement[] {
    return this.#module(file).declarations.get(name) ?? [];
  }

  #findExport(file: string, name: string): Found | null {
    const module = this.#module(file);
    const origin = module.exports.get(name);
    if (origin) return this.#follow(file, origin);
    for (const specifier of module.stars) {
      const target = this.#resolve(specifier, file);
      const found = target === null ? null : this.#findExport(target, name);
      if (found) return found;
    }
    return null;
  }

  #follow(file: string, { specifier, name }: Origin): Found {
    if (specifier !== null) return this.findImported(file, specifier, name);
    const found = this.findLocal(file, name);
    if (!found) throw new Error(`${file} exports ${name} without declaring it`);
    return found;
  }

  #module(file: string): Module {
    const known = this.#modules.get(file);
    if (known) return known;
    const module = readModule(file);
    this.#modules.set(file, module);
    return module;
  }
}

function readModule(file: string): Module {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
  const declarations = new Map<string, ts.Statement[]>();
  const imports = new Map<string, Origin>();
  const exports = new Map<string, Origin>();
  const stars: string[] = [];
  for (const statement of source.statements) {
    if (ts.isImportDeclaration(statement)) readImport(statement, imports);
    else if (ts.isExportDeclaration(statement)) readExport(statement, exports, stars);
    else
      for (const name of namesOf(statement)) {
        declarations.set(name, [...(declarations.get(name) ?? []), statement]);
        if (isExported(statement)) exports.set(name, { specifier: null, name });
      }
  }
  return { declarations, imports, exports, stars };
}

function readImport(statement: ts.ImportDeclaration, imports: Map<string, Origin>): void {
  const specifier = textOf(statement.moduleSpecifier);
  const bindings = statement.importClause?.namedBindings;
  if (!bindings || !ts.isNamedImports(bindings)) return;
  for (const { name, propertyName } of bindings.elements)
    imports.set(name.text, { specifier, name: (propertyName ?? name).text });
}

function readExport(statement: ts.ExportDeclaration, exports: Map<string, Origin>, stars: string[]): void {
  const specifier = statement.moduleSpecifier ? textOf(statement.moduleSpecifier) : null;
  const clause = statement.exportClause;
  if (!clause && specifier !== null) stars.push(specifier);
  if (!clause || !ts.isNamedExports(clause)) return;
  for (const { name, propertyName } of clause.elements)
    exports.set(name.text, { specifier, name: (propertyName ?? name).text });
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  const isNamed =
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isFunctionDeclaration(statement);
  return isNamed && statement.name ? [statement.name.text] : [];
}

const isExported = (statement: ts.Statement): boolean =>
  ts.canHaveModifiers(statement) &&
  (ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false);

function textOf(node: ts.Expression): string {
  if (!ts.isStringLiteral(node)) throw new Error(`Not known how to bundle: ${node.getText()}`);
  return node.text;
}
