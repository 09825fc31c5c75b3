import type { Key } from "./find-key.ts";
import type { Session } from "./session.ts";

/** One key, below each other. */
export function showKey(session: Session, key: Key): void {
  const used = [key.lastUsedAt, key.lastUsedAddress, key.lastUsedUserAgent].filter((part) => part !== null);
  session.output.result(key, (output) =>
    output.fields([
      ["Name", key.name],
      ["Id", key.id],
      ["Begins with", key.prefix],
      ["Status", key.status],
      ["Scopes", key.scopes.join(",")],
      ["Bots", key.botIds?.join(",") ?? "all"],
      ["Addresses", key.cidrs?.join(",") ?? "all"],
      ["Quota", key.requestsPerMinute === null ? "of the installation" : `${key.requestsPerMinute} requests a minute`],
      ["Made", `${key.createdAt} by ${key.createdBy}`],
      ["Expires", key.expiresAt],
      ["Disabled", key.disabledAt],
      ["Revoked", key.revokedAt],
      ["Successor", key.successorId],
      ["Sealed to", key.recipient],
      ["Last used", used.join(" ")],
    ]),
  );
}
