import type { ServerResponse } from "node:http";
import type { Simulator } from "../simulator.ts";
import type { Sights } from "../watch/sights.ts";
import { viewStage } from "../watch/stage-view.ts";

/** What happens at once is told together. */
const GATHER_MS = 150;

/**
 * Answers with server-sent events: the stage as it is, and again whenever somebody saw something or the habits rest, until the reader goes.
 * `dashboardUrl` is passed on to the page; null when there is none to link to.
 */
export function streamStage(
  res: ServerResponse,
  simulator: Simulator,
  sights: Sights,
  dashboardUrl: string | null,
): void {
  res.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  let timer: NodeJS.Timeout | null = null;
  const tell = () => {
    timer = null;
    res.write(`data: ${JSON.stringify({ ...viewStage(simulator, sights), dashboardUrl })}\n\n`);
  };
  const tellSoon = () => {
    timer ??= setTimeout(tell, GATHER_MS);
  };
  const unfollowSights = sights.follow(tellSoon);
  const unfollowHabits = simulator.transcript.follow(({ kind }) => {
    if (kind.startsWith("habits-")) tellSoon();
  });
  res.on("close", () => {
    unfollowSights();
    unfollowHabits();
    if (timer !== null) clearTimeout(timer);
  });
  tell();
}
