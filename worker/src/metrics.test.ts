import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { createMetrics } from "./metrics.ts";

it("names everything that is documented, and nothing else", async () => {
  const documented = await readFile(new URL("../../docs/operations.md", import.meta.url), "utf8");
  const ofWorker = documented.slice(documented.indexOf("What each worker counts"));
  const rows = [...ofWorker.matchAll(/^\| `(switchboard_\w+)` +\|/gm)].map(([, name]) => name);
  const told = (await createMetrics().registry.getMetricsAsJSON()).map(({ name }) => name);
  expect(rows.sort()).toEqual(told.sort());
});
