import { readFile, writeFile } from "node:fs/promises";
import manifest from "../package.json" with { type: "json" };
import { describeApi } from "./openapi.ts";

/** Writes api/openapi.json; with --check it only compares, and ends with 1 when the file is out of step. */
const file = new URL("../openapi.json", import.meta.url);
const text = `${JSON.stringify(describeApi(manifest.version), null, 2)}\n`;

if (!process.argv.includes("--check")) {
  await writeFile(file, text);
} else if ((await readFile(file, "utf8").catch(() => "")) !== text) {
  process.stderr.write("api/openapi.json is out of step with the routes. Run: node api/src/openapi-cli.ts\n");
  process.exitCode = 1;
}
