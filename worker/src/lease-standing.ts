import type { WantedBot } from "@switchboard/core/services/fleet/list-wanted-bots";
import type { LeaseName } from "@switchboard/db/queries/custody";

/** How a holder's lease stands by what the database says: its own, its own to give back, or no longer its own. */
export type LeaseStanding = "held" | "draining" | "lost";

/**
 * Compares a lease with the bot's custody as read after the grant; null where the bot is no longer listed for this
 * worker, which happens to a bot that was removed or that an API key holds. Pure.
 * An epoch below the lease's own is an answer from before the grant and says nothing.
 */
export function leaseStanding(lease: LeaseName, custody: WantedBot["custody"] | null): LeaseStanding {
  if (custody === null || custody.epoch > lease.epoch) return "lost";
  if (custody.epoch < lease.epoch) return "held";
  if (custody.leaseId !== lease.leaseId) return "lost";
  if (custody.state === "draining") return "draining";
  return custody.state === "held" ? "held" : "lost";
}
