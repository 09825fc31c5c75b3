import { cp, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { execa } from "execa";

/**
 * Generates migrations from the schema into a copy: a new file there means that the schema was changed without one.
 * @returns one sentence per problem.
 */
export async function findMissingMigrations(root: string): Promise<string[]> {
  const cache = join(root, "node_modules/.cache");
  await mkdir(cache, { recursive: true });
  const copy = await mkdtemp(join(cache, "migrations-"));
  try {
    await cp(join(root, "db/migrations"), copy, { recursive: true });
    const before = await readdir(copy, { recursive: true });
    const command = [join(root, "node_modules/drizzle-kit/bin.cjs"), "generate", "--dialect", "turso"];
    // A relative path, because the generator puts its own working directory in front of whatever it is given.
    const paths = ["--schema", "./db/src/schema", "--out", `./${relative(root, copy)}`];
    await execa(process.execPath, [...command, ...paths], { cwd: root, stdin: "ignore" });
    const after = await readdir(copy, { recursive: true });
    const isNew = (file: string) => file.endsWith(".sql") && !before.includes(file);
    return after.some(isNew) ? ["The schema changed without a migration: run `npm run db:generate`"] : [];
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}
