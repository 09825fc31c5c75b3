import type { Inputs, Outputs } from "#lib/api/client.ts";
import { describeInstant } from "./describe-instant.ts";

/** An API key as the api shows it: never its secret. */
export type ApiKey = Outputs["keys"]["list"]["items"][number];
/** What a key may do; the api's closed list. */
export type Scope = Inputs["keys"]["create"]["scopes"][number];

interface StatusWords {
  readonly label: string;
  readonly tone: "plain" | "good" | "info" | "warning" | "bad";
}

/** Each status in a word, and the colour that repeats it. */
export const keyStatusWords: Readonly<Record<ApiKey["status"], StatusWords>> = {
  active: { label: "Active", tone: "good" },
  disabled: { label: "Disabled", tone: "warning" },
  expired: { label: "Expired", tone: "plain" },
  revoked: { label: "Revoked", tone: "bad" },
};

/** Why a key has its status, in a sentence. `successor`: the key that takes over from it, where that is known. */
export function describeKeyStatus(key: ApiKey, successor?: Pick<ApiKey, "prefix">): string {
  const end = describeInstant(key.expiresAt);
  switch (key.status) {
    case "revoked":
      return `Ended for good on ${describeInstant(key.revokedAt ?? key.expiresAt)}.`;
    case "expired":
      return key.successorId === null ? `Its time was over on ${end}.` : `It was rotated, and ended on ${end}.`;
    case "disabled":
      return `Switched off on ${describeInstant(key.disabledAt ?? key.createdAt)}. It works again once it is enabled.`;
    case "active":
      return key.successorId === null
        ? "Its requests are accepted."
        : `It was rotated. It works on until ${end}; ${successor?.prefix ?? "its successor"} takes over.`;
  }
}

/** Whether sessions come sealed to a key of its own, in a few words. */
export interface Sealing extends Omit<StatusWords, "tone"> {
  readonly tone: "good" | "warning";
  readonly meaning: string;
  /** It can fetch nothing until a recipient key is registered. */
  readonly isMissing: boolean;
}

/** How a key is given sessions; null for one that never is. */
export function sealingOf({ recipient, scopes }: Pick<ApiKey, "recipient" | "scopes">): Sealing | null {
  if (!scopes.includes("session:read") && !scopes.includes("session:lease")) return null;
  if (recipient !== null)
    return { label: "Sealed: yes", tone: "good", meaning: `To the recipient key ${recipient}.`, isMissing: false };
  if (scopes.includes("session:plain"))
    return { label: "Sealed: no, plain", tone: "warning", meaning: "It has no recipient key.", isMissing: false };
  return {
    label: "Sealed: no key yet",
    tone: "warning",
    meaning: "It can fetch no session until its recipient key is registered.",
    isMissing: true,
  };
}

/** One thing to choose about a subject: a word, and the scopes it stands for. */
export interface ScopeLevel {
  readonly label: string;
  readonly scopes: readonly Scope[];
}

/** Subjects of which a key may know nothing, read, or change things as well. */
export const scopeSubjects: readonly { readonly subject: string; readonly levels: readonly ScopeLevel[] }[] = [
  subject("Bots", "bots:read", "bots:write"),
  subject("Calls", "calls:read", "calls:write"),
  subject("Call blocking", "blocking:read", "blocking:write"),
  subject("Webhooks", "webhooks:read", "webhooks:write"),
  subject("Audit", "audit:read"),
];

/** What a key may do with sessions: each stands alone, and each is powerful. */
export const sessionScopes: readonly { readonly scope: Scope; readonly label: string; readonly hint: string }[] = [
  { scope: "session:read", label: "Fetch sessions", hint: "A copy, sealed to the key's recipient key." },
  {
    scope: "session:plain",
    label: "Fetch them in plain form",
    hint: "Readable for everything on the way. Not used where the key has a recipient key.",
  },
  { scope: "session:token", label: "Make session tokens", hint: "Short-lived passes to one bot's session." },
  { scope: "session:lease", label: "Hold bots", hint: "Connect with a bot's session instead of the workers." },
  { scope: "session:takeover", label: "Take bots over", hint: "Ask whoever holds a bot now to give it back." },
];

const sessionWords: Readonly<Record<string, string>> = {
  "session:read": "fetch",
  "session:plain": "plain",
  "session:token": "tokens",
  "session:lease": "hold",
  "session:takeover": "take over",
};

/** What a key may do, one entry for each subject it knows of: "Bots: read and write". */
export function describeScopes(scopes: readonly Scope[]): string[] {
  const held = new Set<Scope>(scopes);
  const subjects = scopeSubjects.flatMap(({ subject, levels }) => {
    const best = levels.findLast((level) => level.scopes.length > 0 && level.scopes.some((scope) => held.has(scope)));
    if (!best) return [];
    const words = best.scopes.filter((scope) => held.has(scope)).map((scope) => scope.slice(scope.indexOf(":") + 1));
    return [`${subject}: ${words.join(" and ")}`];
  });
  const session = scopes.flatMap((scope) => sessionWords[scope] ?? []);
  return session.length === 0 ? subjects : [...subjects, `Sessions: ${session.join(", ")}`];
}

function subject(name: string, read: Scope, write?: Scope) {
  const levels: ScopeLevel[] = [
    { label: "None", scopes: [] },
    { label: "Read", scopes: [read] },
  ];
  if (write) levels.push({ label: "Read and write", scopes: [read, write] });
  return { subject: name, levels };
}
