import type { QueryClient } from "@tanstack/svelte-query";

/** Asks anew for what a change of blocks or allows shows itself in. */
export async function refreshBlocks(queryClient: QueryClient, botId: string): Promise<void> {
  const topics = ["blocks", "allows", "calls", "call-blocking", "statistics"];
  await Promise.all(topics.map((topic) => queryClient.invalidateQueries({ queryKey: [topic, botId] })));
}
