/** A file a person chose: its own name without folders, and how to read it. */
export interface ChosenFile {
  readonly name: string;
  readonly size: number;
  readonly text: () => Promise<string>;
}

/** What is wrong with one file, or with the choice as a whole (`name` null). */
export interface FileDefect {
  readonly name: string | null;
  readonly message: string;
}

/** Files read as JSON, and what was wrong; nothing can be sent while `defects` has an entry. */
export interface ReadFiles {
  readonly files: Readonly<Record<string, unknown>>;
  readonly defects: readonly FileDefect[];
}

/** What the api takes in one request; see core/src/services/session-files/schemas.ts. */
const BYTES_MAX = 16 * 1024 * 1024;
const CREDENTIALS_FILE = "creds.json";
/** As names of fields they would change the object that is sent; superjson throws at them. */
const UNSENDABLE = ["__proto__", "constructor", "prototype"];

/**
 * Reads the files of a directory of Baileys' `useMultiFileAuthState`, telling of each that was read. Only what a browser can
 * tell is looked at: whether they are JSON, whether the credentials are among them, and their size. The api checks the rest.
 */
export async function readSessionFiles(
  chosen: readonly ChosenFile[],
  onread: (count: number) => void = () => undefined,
): Promise<ReadFiles> {
  const defects: FileDefect[] = findDefects(chosen);
  if (defects.length > 0) return { files: {}, defects };
  const files: Record<string, unknown> = {};
  for (const [index, { name, text }] of chosen.entries()) {
    try {
      files[name] = JSON.parse(await text());
    } catch (err) {
      const message =
        err instanceof SyntaxError ? "Is not JSON. It may be cut off." : "Could not be read from the disk.";
      defects.push({ name, message });
    }
    onread(index + 1);
  }
  return { files, defects };
}

function findDefects(chosen: readonly ChosenFile[]): FileDefect[] {
  const all = (message: string): FileDefect => ({ name: null, message });
  if (chosen.length === 0) return [all("Choose the files of the directory first.")];
  const names = chosen.map(({ name }) => name);
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  const defects = Array.from(twice, (name) => ({
    name,
    message: "Is there twice. Choose one directory, without those inside it.",
  }));
  if (!names.includes(CREDENTIALS_FILE))
    defects.unshift({ name: CREDENTIALS_FILE, message: "Is missing: without it there is no session." });
  for (const name of names.filter((chosenName) => UNSENDABLE.includes(chosenName)))
    defects.push({ name, message: "Is no file that Baileys writes. Leave it out." });
  const bytes = chosen.reduce((sum, { size }) => sum + size, 0);
  if (bytes > BYTES_MAX)
    return [...defects, all("The files are larger than 16 MB together, which is more than a session has.")];
  return defects;
}

/** The defects the api found, by file; see `checkSessionFiles` in core. */
export const defectsOfRefusal = (
  fields: readonly { readonly path: string; readonly message: string }[],
): FileDefect[] =>
  fields.map(({ path, message }) =>
    path.startsWith("files.") ? { name: path.slice("files.".length), message } : { name: null, message },
  );
