import { Option } from "commander";
import type { LiveEvent, SwitchboardInputs } from "../index.ts";
import { usageError } from "./cli-error.ts";
import { readList } from "./read-options.ts";

type Inputs = SwitchboardInputs;
type ListInput<Router extends "keys" | "invitations" | "audit"> = Extract<Inputs[Router]["list"], object>;
type Scope = Inputs["keys"]["create"]["scopes"][number];

/**
 * The words of a closed list of the api. They are written here because types are gone when the program runs; the
 * compiler finds a word that is missing or too many.
 */
const wordsOf = <T extends string>(words: Record<T, true>): readonly string[] => Object.keys(words);

/** Types of events. */
export const eventTypes = wordsOf<LiveEvent["type"]>({
  "bot.state": true,
  "bot.pairing": true,
  "bot.logged_out": true,
  "session.token_issued": true,
  "session.token_expiring": true,
  "session.token_revoked": true,
  "session.disclosed": true,
  "lease.acquired": true,
  "lease.released": true,
  "lease.drain": true,
  "lease.revoked": true,
  "lease.expired": true,
  "call.received": true,
  "call.screened": true,
  "call.ended": true,
  "call.missed": true,
  "block.created": true,
  "block.lifted": true,
  "block.expired": true,
  "reply.suspended": true,
  "screening.degraded": true,
  "screening.recovered": true,
  "key.created": true,
  "key.revoked": true,
  "worker.up": true,
  "worker.down": true,
});

/** What an API key may do. */
export const scopes = wordsOf<Scope>({
  "bots:read": true,
  "bots:write": true,
  "session:read": true,
  "session:plain": true,
  "session:token": true,
  "session:lease": true,
  "session:takeover": true,
  "calls:read": true,
  "calls:write": true,
  "blocking:read": true,
  "blocking:write": true,
  "webhooks:read": true,
  "webhooks:write": true,
  "audit:read": true,
});

/** What became of a call. */
export const callOutcomes = wordsOf<NonNullable<Inputs["calls"]["list"]["outcome"]>>({
  allowed: true,
  rejected: true,
  blocked: true,
  observed: true,
  failed: true,
});

/** Why it was decided so. */
export const callReasons = wordsOf<NonNullable<Inputs["calls"]["list"]["reason"]>>({
  "not-enabled": true,
  monitor: true,
  "own-number": true,
  staff: true,
  "allowed-exact": true,
  "blocked-manual": true,
  "blocked-auto": true,
  "allowed-pattern": true,
  "blocked-pattern": true,
  "limit-exceeded": true,
  "outside-hours": true,
  "unknown-caller": true,
  "repeat-bypass": true,
  "default-ring": true,
  "default-reject": true,
  "group-ignored": true,
  "group-rejected": true,
  "video-rejected": true,
  late: true,
  degraded: true,
});

/** Kinds of calls. */
export const callKinds = wordsOf<NonNullable<Inputs["calls"]["list"]["kind"]>>({
  voice: true,
  video: true,
  group: true,
});

/** Which blocks are listed. */
export const blockStatuses = wordsOf<NonNullable<Inputs["blocks"]["list"]["status"]>>({
  active: true,
  ended: true,
  all: true,
});

/** Which API keys are listed. */
export const keyStatuses = wordsOf<NonNullable<ListInput<"keys">["status"]>>({
  active: true,
  expired: true,
  disabled: true,
  revoked: true,
});

/** What a person may do in a team. */
export const roles = wordsOf<Inputs["users"]["create"]["role"]>({
  owner: true,
  admin: true,
  operator: true,
  viewer: true,
});

/** Which invitations are listed. */
export const invitationStatuses = wordsOf<NonNullable<ListInput<"invitations">["status"]>>({
  open: true,
  used: true,
  expired: true,
  revoked: true,
});

/** How an audited action ended. */
export const auditOutcomes = wordsOf<NonNullable<ListInput<"audit">["outcome"]>>({
  success: true,
  denied: true,
  failure: true,
});

/** Who does things. */
export const actorKinds = wordsOf<NonNullable<ListInput<"audit">["actorKind"]>>({
  user: true,
  "personal-access-token": true,
  "api-key": true,
  "session-token": true,
  "lease-token": true,
  worker: true,
  system: true,
  anonymous: true,
});

/** What things are done to. */
export const auditObjectKinds = wordsOf<NonNullable<ListInput<"audit">["objectKind"]>>({
  user: true,
  invitation: true,
  team: true,
  "sign-in": true,
  "personal-token": true,
  "api-key": true,
  bot: true,
  "session-token": true,
  call: true,
  "call-blocking": true,
  block: true,
  allow: true,
  request: true,
  lease: true,
  audit: true,
  installation: true,
});

/**
 * An option that takes one word of a list, or several with commas between where the placeholder is `<list>`. Help and
 * completion show them; a word that is not among them is refused by the api, which may know more than this program.
 */
export function wordOption(flags: string, about: string, words: readonly string[]): Option {
  const option = new Option(flags, about);
  option.argChoices = [...words];
  return option;
}

/** The words of a list that only this program reads. @throws CliError usage, naming the words there are */
export function readWords(option: string, text: string | undefined, words: readonly string[]): string[] | null {
  const parts = readList(option, text);
  const unknown = parts?.find((part) => !words.includes(part));
  if (unknown === undefined) return parts;
  throw usageError(`${option} does not know "${unknown}".`, `Known: ${words.join(", ")}.`);
}
