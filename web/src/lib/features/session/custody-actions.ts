import { describeSuccessor, type Lease, type NameOf, WORKERS } from "#lib/words/sessions.ts";

/** What owners and admins may do about the custody of a bot. */
export type CustodyAction = "hand-over" | "take-back" | "revoke" | "force-take" | "freeze" | "unfreeze";

/** What makes sense now, the mildest first. */
export function custodyActions(lease: Pick<Lease, "state" | "holder">): readonly CustodyAction[] {
  if (lease.state === "frozen") return ["unfreeze"];
  if (lease.holder === null) return ["hand-over", "freeze"];
  const back = lease.holder.kind === "key" && lease.state !== "draining";
  return ["hand-over", ...(back ? (["take-back"] as const) : []), "revoke", "force-take", "freeze"];
}

/** The verb on the button of each; a hand-over and a taking ask for whom first. */
export const custodyVerbs: Readonly<Record<CustodyAction, string>> = {
  "hand-over": "Hand over…",
  "take-back": "Take back",
  revoke: "Revoke the lease",
  "force-take": "Take by force…",
  freeze: "Freeze",
  unfreeze: "Unfreeze",
};

/** What a person agrees to. */
export interface Agreement {
  readonly title: string;
  readonly consequence: string;
  readonly action: string;
  readonly isDangerous: boolean;
}

/** Words for an action on the bot of this name; `holder` says who holds it, "Worker main". */
export function agreementFor(
  action: Exclude<CustodyAction, "hand-over" | "force-take">,
  bot: string,
  holder: string,
): Agreement {
  const lost = `${holder} writes nothing from now on. What it was in the middle of may be lost.`;
  switch (action) {
    case "take-back":
      return {
        title: `Take ${bot} back?`,
        consequence: `${holder} is asked to finish, close its connection and give ${bot} back to the workers, within 20 seconds. Nothing is lost.`,
        action: "Take back",
        isDangerous: false,
      };
    case "revoke":
      return {
        title: `Revoke the lease on ${bot}?`,
        consequence: `${lost} After five seconds the workers may have ${bot}; they recover its session first.`,
        action: "Revoke the lease",
        isDangerous: true,
      };
    case "freeze":
      return {
        title: `Freeze ${bot}?`,
        consequence: `${holder === "Nobody" ? "" : `${lost} `}Nobody can hold ${bot} until somebody unfreezes it: it goes offline, and calls are not screened.`,
        action: "Freeze",
        isDangerous: true,
      };
    case "unfreeze":
      return {
        title: `Unfreeze ${bot}?`,
        consequence: `The workers and keys may hold ${bot} again. A bot that is to run is connected at once.`,
        action: "Unfreeze",
        isDangerous: false,
      };
  }
}

/** What follows from a hand-over or a taking by force, for the dialog that asks for whom. */
export function describeGiving(
  way: "hand-over" | "force-take",
  of: { bot: string; holder: string; to: string },
  nameOf: NameOf,
): string {
  const heir = describeSuccessor(of.to, nameOf);
  const kept = `${of.bot} is then kept for ${heir} for a minute${of.to === WORKERS ? "" : "; after that the workers take it"}.`;
  if (of.holder === "Nobody") return `Nobody holds ${of.bot} now. ${kept.replace(" is then kept", " is kept")}`;
  return way === "hand-over"
    ? `${of.holder} is asked to finish, close its connection and give ${of.bot} back within 20 seconds. Nothing is lost. ${kept}`
    : `${of.holder} is not asked: it writes nothing from now on, and what it was in the middle of may be lost. ${kept} The session is recovered first.`;
}
