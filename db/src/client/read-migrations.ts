import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** One file of the migrations folder. */
export interface Migration {
  /** The file's name without `.sql`, such as `0000_init`. */
  readonly name: string;
  /** SHA-256 of the file, in hex: an applied file must never change. */
  readonly hash: string;
  readonly statements: readonly string[];
}

/**
 * Reads what drizzle-kit wrote: the journal for the order, the files for the statements.
 * @throws Error when the journal or a file is missing or malformed
 */
export async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const journal: unknown = JSON.parse(await readFile(join(folder, "meta", "_journal.json"), "utf8"));
  return await Promise.all(readNames(journal).map((name) => readMigration(folder, name)));
}

async function readMigration(folder: string, name: string): Promise<Migration> {
  const text = await readFile(join(folder, `${name}.sql`), "utf8");
  const statements = text.split("--> statement-breakpoint").map((statement) => statement.trim());
  return { name, hash: createHash("sha256").update(text).digest("hex"), statements: statements.filter(Boolean) };
}

function readNames(journal: unknown): readonly string[] {
  const entries = hasEntries(journal) ? journal.entries : null;
  if (entries === null || !entries.every(isEntry)) throw new Error("The journal of the migrations is malformed");
  return entries.toSorted((a, b) => a.idx - b.idx).map((entry) => entry.tag);
}

function hasEntries(journal: unknown): journal is { entries: readonly unknown[] } {
  return typeof journal === "object" && journal !== null && "entries" in journal && Array.isArray(journal.entries);
}

function isEntry(entry: unknown): entry is { idx: number; tag: string } {
  if (typeof entry !== "object" || entry === null) return false;
  return "idx" in entry && typeof entry.idx === "number" && "tag" in entry && typeof entry.tag === "string";
}
