import { disconnectRule } from "@switchboard/worker/whatsapp/disconnect-table";
import { statusCodeOf } from "./status-code.ts";

/**
 * What to do when a connection closed. `reconnect`: make a new socket at once. `back-off`: after a growing wait. `stop`: a
 * person has to act, and trying again only harms; `release` the session.
 */
export interface CloseAdvice {
  readonly next: "reconnect" | "back-off" | "stop";
  /** In the words of the service, such as `restart-required` or `logged-out`. */
  readonly reason: string;
}

/** What Switchboard's own workers do after this close: `afterClose(update.lastDisconnect?.error)`. */
export function afterClose(error: unknown): CloseAdvice {
  const { next, reason } = disconnectRule(statusCodeOf(error));
  return { next, reason };
}
