import type { SimulatedPerson } from "../accounts/simulated-person.ts";
import { SimulatedPhone } from "../accounts/simulated-phone.ts";
import type { SimulatedCall } from "../calls/simulated-call.ts";
import type { TranscriptEvent } from "../transcript.ts";
import type { World } from "../world.ts";

/** How something that happened looks to people. */
export type Tone = "plain" | "good" | "bad" | "reply";

/** Something that somebody saw on their own phone, in words. */
export interface Sight {
  readonly sequence: number;
  readonly atMs: number;
  readonly person: SimulatedPerson;
  readonly text: string;
  readonly tone: Tone;
}

type Seen = Pick<Sight, "person" | "text" | "tone">;

/** What an event of the transcript looks like to the person concerned; null when nobody sees anything of it. */
export function describeEvent(world: World, event: TranscriptEvent): Sight | null {
  const seen = describeCallEvent(world, event) ?? describeTextEvent(world, event) ?? describeBotEvent(world, event);
  return seen === null ? null : { ...seen, sequence: event.sequence, atMs: event.atMs };
}

/** Who placed a call; null when the caller is gone. */
export function callerOf(world: World, call: SimulatedCall): SimulatedPerson | null {
  const account = world.accountOf(call.appearance.creator);
  return account === null ? null : world.personOf(account);
}

function describeCallEvent(world: World, { kind, detail }: TranscriptEvent): Seen | null {
  const call = world.calls.get(String(detail.callId));
  const person = call === undefined ? null : callerOf(world, call);
  if (call === undefined || person === null || call.isMarkedOffline) return null;
  const to = call.callee.name;
  if (kind === "call-placed") return { person, tone: "plain", text: `calls ${to}${describeKind(call)}` };
  if (kind !== "call-ended") return null;
  if (call.state !== "rejected") return { person, tone: "plain", text: describeEnding(to, detail.reason) };
  const afterMs = Math.max(1, Math.round((call.rejectSeenAtMs ?? 0) - call.offerSentAtMs));
  return { person, tone: "bad", text: `is turned away by ${to} after ${afterMs} ms` };
}

function describeKind({ appearance }: SimulatedCall): string {
  return `${appearance.groupJid === null ? "" : " and a group"}${appearance.isVideo ? " by video" : ""}`;
}

function describeEnding(to: string, reason: unknown): string {
  if (reason === "timeout") return `lets it ring at ${to} until it ends`;
  if (reason === "accepted_elsewhere") return `is answered on the phone of ${to}`;
  if (reason === "rejected_elsewhere") return `is declined on the phone of ${to}`;
  return "hangs up";
}

function describeTextEvent(world: World, { kind, detail }: TranscriptEvent): Seen | null {
  const person = findPerson(world, detail.person);
  if (person === null) return null;
  if (kind === "text-sent") {
    const to = findPerson(world, detail.to)?.account.name ?? "somebody";
    return { person, tone: "plain", text: `writes to ${to}: ${String(detail.text)}` };
  }
  // A phone also shows what its linked devices sent; the one who reads it there sent it.
  if (kind !== "text-received" || person instanceof SimulatedPhone) return null;
  return { person, tone: "reply", text: `reads: ${String(detail.text)}` };
}

const BOT_EVENTS: Readonly<Record<string, Omit<Seen, "person">>> = {
  linked: { tone: "good", text: "has linked a bot" },
  online: { tone: "good", text: "is online" },
  closed: { tone: "bad", text: "has lost its connection" },
  unlinked: { tone: "bad", text: "has unlinked its bot" },
  "logged-out": { tone: "bad", text: "was logged out by its bot" },
};

function describeBotEvent(world: World, { kind, device }: TranscriptEvent): Seen | null {
  const account = device === null ? null : world.accountOf(device);
  const person = account === null ? null : world.personOf(account);
  const seen = BOT_EVENTS[kind];
  return person === null || seen === undefined ? null : { person, ...seen };
}

function findPerson(world: World, accountId: unknown): SimulatedPerson | null {
  return [...world.people].find(({ account }) => account.id === accountId) ?? null;
}
