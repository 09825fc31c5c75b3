import ts from "typescript";
import type { AliasExpander } from "./alias-expander.ts";
import { type Declared, type Found, ModuleIndex, type ResolveModule } from "./module-index.ts";

/** What the bundle is made of, and what it may not contain. */
export interface DeclarationBundle {
  /** Absolute path of the declaration file whose exports become the exports of the bundle. */
  readonly entry: string;
  readonly resolve: ResolveModule;
  /** Packages the installer has: their types stay imports. */
  readonly packages: readonly string[];
  /** Types that readers of the bundle never meet: written as `object`, so that nothing they name is taken in. */
  readonly opaque: ReadonlySet<string>;
  readonly expander: AliasExpander;
}

/** A text in place of a part of a source file. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

interface Piece extends Declared {
  readonly outName: string;
  /** Why it is in the bundle: the names that led here. */
  readonly path: readonly string[];
}

/**
 * One declaration file out of many: what the entry exports and everything it names, comments kept, nothing else.
 * @throws Error when a type of a package outside `packages` is reached, naming the way there, or for a form of import
 * that is not known here (namespaces, default exports)
 */
export function bundleDeclarations(bundle: DeclarationBundle): string {
  const index = new ModuleIndex(bundle.resolve);
  const collection = new Collection(index, bundle);
  const exported = index.exportsOf(bundle.entry).map((name) => ({
    name,
    outName: collection.nameFor(index.findExport(bundle.entry, name), [name]),
  }));
  const body = collection.writeAll();
  const names = exported.map(({ name, outName }) => (name === outName ? name : `${outName} as ${name}`));
  return `${[...collection.imports(), body, `export { ${names.join(", ")} };`].join("\n")}\n`;
}

/** What was found so far, and what is still to be written. */
class Collection {
  readonly #index: ModuleIndex;
  readonly #bundle: DeclarationBundle;
  readonly #pieces = new Map<string, Piece>();
  readonly #externals = new Map<string, { readonly specifier: string; readonly name: string; outName: string }>();
  readonly #taken = new Set<string>();

  constructor(index: ModuleIndex, bundle: DeclarationBundle) {
    this.#index = index;
    this.#bundle = bundle;
  }

  /** The name a thing has in the bundle; it is taken in at its first use. */
  nameFor(found: Found, path: readonly string[]): string {
    if (found.kind === "external") return this.#nameForExternal(found.specifier, found.name, path);
    const key = `${found.file} ${found.name}`;
    const known = this.#pieces.get(key);
    if (known) return known.outName;
    const outName = this.#freeName(found.name);
    this.#pieces.set(key, { ...found, outName, path });
    return outName;
  }

  imports(): string[] {
    const bySpecifier = Map.groupBy(this.#externals.values(), ({ specifier }) => specifier);
    return [...bySpecifier].map(([specifier, names]) => {
      const parts = names.map(({ name, outName }) => (name === outName ? name : `${name} as ${outName}`));
      return `import type { ${parts.sort().join(", ")} } from "${specifier}";`;
    });
  }

  /** Writing a piece may add pieces: a Map hands out what is added while it is walked. */
  writeAll(): string {
    const texts: string[] = [];
    for (const piece of this.#pieces.values()) texts.push(this.#write(piece));
    return texts.join("\n");
  }

  #write(piece: Piece): string {
    if (this.#bundle.opaque.has(piece.name)) return `type ${piece.outName} = object;`;
    return this.#index
      .declarationsOf(piece)
      .map((node) => {
        const source = node.getSourceFile();
        const comment = source.text.slice(node.getStart(source, true), node.getStart(source));
        const [shown = node] = this.#isComputedOutside(node, piece)
          ? this.#bundle.expander.expand(piece).statements
          : [];
        const edits = this.#editsOf(shown, piece);
        return comment + applyEdits(shown.getSourceFile().text, shown.getStart(), shown.end, edits);
      })
      .join("\n");
  }

  /** Whether a type alias names a package that is not installed, for example `z.infer<typeof botSchema>`. */
  #isComputedOutside(node: ts.Node, piece: Piece): boolean {
    if (!ts.isTypeAliasDeclaration(node)) return false;
    const isOutside = (part: ts.Node): boolean => {
      const local = referenceIn(part);
      const found = local && this.#index.findLocal(piece.file, local.text);
      if (found?.kind === "external" && !this.#isInstalled(found.specifier)) return true;
      return ts.forEachChild(part, isOutside) ?? false;
    };
    return isOutside(node);
  }

  #editsOf(declaration: ts.Statement, piece: Piece): Edit[] {
    const edits: Edit[] = [];
    const path = [...piece.path, piece.name];
    const replace = (node: ts.Node, text: string, start = node.getStart()) =>
      edits.push({ start, end: node.end, text });
    const visit = (node: ts.Node): void => {
      if (node.kind === ts.SyntaxKind.ExportKeyword)
        edits.push({ start: node.getStart(), end: node.end + 1, text: "" });
      const local = ts.isImportTypeNode(node) ? null : referenceIn(node);
      if (ts.isImportTypeNode(node)) {
        const { specifier, first } = partsOf(node);
        const outName = this.nameFor(this.#index.findImported(piece.file, specifier, first.text), path);
        replace(first, `${node.isTypeOf ? "typeof " : ""}${outName}`, node.getStart());
      } else if (local) {
        const found = this.#index.findLocal(piece.file, local.text);
        const outName = found && this.nameFor(found, path);
        if (outName && outName !== local.text) replace(local, outName);
      } else if (isNameOf(node, piece)) {
        if (piece.outName !== piece.name) replace(node, piece.outName);
      }
      ts.forEachChild(node, visit);
    };
    visit(declaration);
    return edits;
  }

  #nameForExternal(specifier: string, name: string, path: readonly string[]): string {
    if (!this.#isInstalled(specifier))
      throw new Error(`The types reach ${specifier} (${name}), which is not installed with them: ${path.join(" > ")}`);
    const key = `${specifier} ${name}`;
    const known = this.#externals.get(key) ?? { specifier, name, outName: this.#freeName(name) };
    this.#externals.set(key, known);
    return known.outName;
  }

  readonly #isInstalled = (specifier: string): boolean =>
    this.#bundle.packages.some((known) => specifier === known || specifier.startsWith(`${known}/`));

  #freeName(name: string): string {
    let free = name;
    for (let count = 2; this.#taken.has(free); count++) free = `${name}_${count}`;
    this.#taken.add(free);
    return free;
  }
}

/** The identifier by which a node names something at the top of its file; null when it names nothing. */
function referenceIn(node: ts.Node): ts.Identifier | null {
  if (ts.isTypeReferenceNode(node)) return firstOf(node.typeName);
  if (ts.isTypeQueryNode(node)) return ts.isImportTypeNode(node.exprName) ? null : firstOf(node.exprName);
  if (ts.isExpressionWithTypeArguments(node) || ts.isComputedPropertyName(node))
    return ts.isIdentifier(node.expression) ? node.expression : null;
  return null;
}

function partsOf(node: ts.ImportTypeNode): { specifier: string; first: ts.Identifier } {
  const { argument, qualifier } = node;
  if (!qualifier || !ts.isLiteralTypeNode(argument) || !ts.isStringLiteral(argument.literal))
    throw new Error(`Not known how to bundle: ${node.getText()}`);
  return { specifier: argument.literal.text, first: firstOf(qualifier) };
}

function firstOf(name: ts.EntityName): ts.Identifier {
  return ts.isIdentifier(name) ? name : firstOf(name.left);
}

const isNameOf = (node: ts.Node, piece: Piece): boolean =>
  ts.isIdentifier(node) &&
  node.text === piece.name &&
  "name" in node.parent &&
  node.parent.name === node &&
  (ts.isSourceFile(node.parent.parent) || ts.isVariableDeclaration(node.parent));

function applyEdits(text: string, start: number, end: number, edits: readonly Edit[]): string {
  let result = "";
  let place = start;
  for (const edit of [...edits].sort((a, b) => a.start - b.start)) {
    result += text.slice(place, edit.start) + edit.text;
    place = edit.end;
  }
  return result + text.slice(place, end);
}
