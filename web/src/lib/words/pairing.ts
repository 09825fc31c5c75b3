import type { Outputs } from "#lib/api/client.ts";

/** A pairing as the api shows it. */
export type Pairing = Outputs["bots"]["pairing"]["get"];

interface FailureWords {
  readonly title: string;
  /** What to do about it. */
  readonly step: string;
}

/** Why a pairing failed, and what to do then. */
export const pairingFailureWords: Readonly<Record<NonNullable<Pairing["reason"]>, FailureWords>> = {
  expired: { title: "Nobody used the code in time", step: "Begin again, and have the phone at hand." },
  "wrong-code": { title: "The code on the phone was not this one", step: "Begin again, and type the new code." },
  "passkey-required": {
    title: "WhatsApp asks for a passkey",
    step: "A linked device cannot give one. Try the other way to link, or switch the passkey off on the phone under Settings, Account, Passkeys.",
  },
  refused: {
    title: "WhatsApp refused to link",
    step: "See on the phone whether it has as many linked devices as it may have, or says something about the account. Then begin again.",
  },
  connection: {
    title: "The connection to WhatsApp broke",
    step: "Check the network where Switchboard runs, then begin again.",
  },
};

/** A pairing code as people read it: `ABCD-EFGH`. */
export const groupCode = (code: string): string => code.replace(/^(.{4})(.{4})$/, "$1-$2");
