import type { Bot } from "#lib/words/bots.ts";
import type { ApiKey } from "#lib/words/keys.ts";

/** What a person agrees to before a key stops working. */
export interface KeyEnding {
  readonly title: string;
  readonly consequence: string;
  readonly action: string;
}

/** Words for disabling or revoking a key; `bots`: those that the team has, of which the key may hold some now. */
export function describeEnding(what: "disable" | "revoke", key: ApiKey, bots: readonly Bot[]): KeyEnding {
  const names = bots.flatMap(({ holder, name }) => (holder?.kind === "key" && holder.id === key.id ? [name] : []));
  const leases =
    names.length === 0
      ? "It holds no bot now."
      : `It holds ${names.join(", ")} now: that ends at once too, and the workers take over.`;
  const both = `From its next request on it is refused, and so is every session token made with it. ${leases}`;
  return what === "disable"
    ? {
        title: `Disable “${key.name}”?`,
        consequence: `${both} You can enable it again.`,
        action: "Disable the key",
      }
    : {
        title: `Revoke “${key.name}”?`,
        consequence: `${both} What it has read stays read. This cannot be undone.`,
        action: "Revoke the key",
      };
}
