import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { Miniflare } from "miniflare";
import { EDGE_WORKER_FILE } from "../../../scripts/lib/build.ts";

/** The product's bundle for edge runtimes, served by a workerd of its own. */
export interface RunningWorker {
  readonly url: URL;
  stop(): Promise<void>;
}

/** As docs/operations.md tells to deploy it. */
const COMPATIBILITY = { compatibilityDate: "2026-07-01", compatibilityFlags: ["nodejs_compat"] };

/** Starts workerd on a port of its own; every line it says is added to `lines`. */
export async function startWorker(
  bindings: Readonly<Record<string, string>>,
  lines: string[] = [],
): Promise<RunningWorker> {
  const contents = await readFile(EDGE_WORKER_FILE, "utf8");
  const miniflare = new Miniflare({
    modules: [{ type: "ESModule", path: "entry.mjs", contents }],
    ...COMPATIBILITY,
    bindings,
    handleRuntimeStdio: (stdout: Readable, stderr: Readable) => {
      for (const stream of [stdout, stderr]) createInterface(stream).on("line", (line) => lines.push(line));
    },
  });
  return { url: await miniflare.ready, stop: () => miniflare.dispose() };
}
