import type { Outputs } from "#lib/api/client.ts";
import type { Bot } from "./bots.ts";

/** Who holds a bot's session, as admins see it. */
export type Lease = Outputs["leases"]["get"];
/** A holder, as everybody sees it. */
export type Holder = NonNullable<Bot["holder"]>;
/** A session token, never the token itself. */
export type SessionToken = Outputs["sessions"]["tokens"]["list"]["items"][number];
/** A time a session left Switchboard. */
export type Disclosure = Outputs["audit"]["list"]["items"][number];

/** What a key or person is called; undefined: nobody knows. */
export type NameOf = (id: string) => string | undefined;

/** The fixed name of "any worker" wherever a bot is assigned or kept. */
export const WORKERS = "workers";

/** Who holds a bot, in a few words. */
export function describeHolder(holder: Pick<Holder, "kind" | "id"> | null, nameOf: NameOf): string {
  if (holder === null) return "Nobody";
  if (holder.kind === "worker") return `Worker ${holder.id}`;
  const name = nameOf(holder.id);
  return name === undefined ? `An API key (${holder.id})` : `The API key “${name}”`;
}

/** For whom a bot is let go or kept, in the middle of a sentence. */
export function describeSuccessor(to: string, nameOf: NameOf): string {
  if (to === WORKERS) return "the workers";
  return `the API key “${nameOf(to) ?? to}”`;
}

/** The state of a lease in a word or two, and the colour that repeats it. */
export function custodyBadge(lease: Pick<Lease, "state" | "expired" | "reservedFor">): {
  readonly label: string;
  readonly tone: "plain" | "good" | "info" | "warning" | "bad";
} {
  if (lease.state === "frozen") return { label: "Frozen", tone: "bad" };
  if (lease.expired) return { label: "Ran out", tone: "bad" };
  if (lease.state === "draining") return { label: "Asked back", tone: "warning" };
  if (lease.state === "held") return { label: "Held", tone: "good" };
  return lease.reservedFor === null ? { label: "Free", tone: "plain" } : { label: "Kept for somebody", tone: "info" };
}

/** What a lease is about to do, in sentences; none where there is nothing to say. */
export function describeCustody(lease: Lease, nameOf: NameOf): string[] {
  const { drain, reservedFor, stalledSince } = lease;
  return [
    lease.state === "frozen" &&
      "Nobody may hold it until an admin unfreezes it. Messages and calls do not reach the bot.",
    lease.expired &&
      "Its holder no longer renews it. A worker takes over after a while; a holder that comes back is refused.",
    drain &&
      `Its holder was asked to finish and give it back${drain.to ? `, for ${describeSuccessor(drain.to, nameOf)}` : ""}.`,
    reservedFor && `It is kept for ${describeSuccessor(reservedFor.to, nameOf)}, and given to nobody else meanwhile.`,
    stalledSince && "Its holder says that its connection to WhatsApp does not get on.",
    lease.state === "free" &&
      !lease.clean &&
      "Its last holder did not end well: the next one recovers the session first.",
  ].filter((sentence) => typeof sentence === "string");
}

/** A stretch of time that runs out, as in "1 min 05 s"; what is over is "0 s". */
export function describeRest(restMs: number): string {
  const seconds = Math.max(0, Math.ceil(restMs / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** Each status of a session token in a word, and the colour that repeats it. */
export const tokenStatusWords: Readonly<
  Record<SessionToken["status"], { readonly label: string; readonly tone: "plain" | "good" | "bad" }>
> = {
  active: { label: "Active", tone: "good" },
  expired: { label: "Expired", tone: "plain" },
  revoked: { label: "Revoked", tone: "bad" },
};

/** How a session left: the `form` of the audit, and which part of it. */
export function describeForm({ detail }: Pick<Disclosure, "detail">): { label: string; tone: "good" | "warning" } {
  const part =
    detail.parts === "credentials" ? ", credentials only" : detail.parts === "keys" ? ", some keys only" : "";
  if (detail.form === "sealed") return { label: `Sealed${part}`, tone: "good" };
  return { label: detail.form === "export" ? "Plain, as files" : `Plain${part}`, tone: "warning" };
}

/** Who a session was given to, in a few words. */
export function describeActor({ actor }: Pick<Disclosure, "actor">): string {
  const kinds: Partial<Record<Disclosure["actor"]["kind"], string>> = {
    "api-key": "API key",
    "session-token": "session token",
    "lease-token": "lease of an API key",
    "personal-access-token": "personal access token",
  };
  const kind = kinds[actor.kind];
  const name = actor.name ?? actor.id ?? "Nobody known";
  return kind === undefined ? name : `${name} (${kind})`;
}
