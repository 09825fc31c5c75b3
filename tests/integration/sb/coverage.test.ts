import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { appRouter } from "../../../api/src/trpc/root.ts";

const CLI = fileURLToPath(new URL("../../../sdk/client/src/cli", import.meta.url));
/** Procedures no command calls, each with the reason. */
const WITHOUT_COMMAND: Readonly<Record<string, string>> = {
  "mutation teams.switch": "for browser sign-ins: a token belongs to one team, so `sb teams switch` signs in anew",
};
const CALLS = { query: "query", mutate: "mutation", subscribe: "subscription" } as const;

/** Every call of a procedure in the sources of `sb`: "mutation bots.create". */
async function callsOfCommands(): Promise<string[]> {
  const files = (await readdir(CLI, { recursive: true })).filter((name) => /(?<!\.test)\.ts$/.test(name));
  const texts = await Promise.all(files.map((name) => readFile(join(CLI, name), "utf8")));
  return texts.flatMap((text) =>
    // Long chains are broken before a dot.
    [...text.replace(/\s+\./g, ".").matchAll(/lient(?:\(\))?((?:\.\w+)+)\.(query|mutate|subscribe)\(/g)].map(
      ([, path = "", kind]) => `${CALLS[kind as keyof typeof CALLS]} ${path.slice(1)}`,
    ),
  );
}

const procedures = Object.entries(appRouter._def.procedures).map(
  ([path, procedure]) => `${(procedure as unknown as { _def: { type: string } })._def.type} ${path}`,
);

it("names every procedure in the client's README", async () => {
  const text = await readFile(join(CLI, "../../README.md"), "utf8");
  const rows = [...text.matchAll(/^\| `(\w+)` +\| (.*?) *\|$/gm)];
  const named = rows.flatMap(([, router, cell = ""]) =>
    [...cell.matchAll(/`([\w.]+)`/g)].map(([, name]) => `${router}.${name}`),
  );
  const existing = new Set(Object.keys(appRouter._def.procedures));
  const routers = new Set([...existing].map((path) => path.split(".")[0]));
  const ofRouters = named.filter((path) => routers.has(path.split(".")[0] ?? ""));
  expect(ofRouters.sort()).toEqual([...existing].sort());
});

it("covers every procedure of the api with a command", async () => {
  const expected = procedures.filter((procedure) => !(procedure in WITHOUT_COMMAND));
  expect([...new Set(await callsOfCommands())].sort()).toEqual(expected.sort());
});
