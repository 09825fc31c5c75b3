import { buildEdge } from "../../scripts/lib/build.ts";

/** Vitest calls it once, before any test of the edge: the suites run side by side and must not build at the same time. */
export async function setup(): Promise<void> {
  await buildEdge();
}
