import type { Outputs } from "#lib/api/client.ts";

/** A bot as the api shows it. */
export type Bot = Outputs["bots"]["get"];

/** What a bot is now; the api's closed list. */
export type BotState = Bot["state"];

interface StateWords {
  readonly label: string;
  readonly tone: "plain" | "good" | "info" | "warning" | "bad";
}

/** Each state in a word or two, and the colour that repeats it. In the order of a list of filters: what needs help last. */
export const botStateWords: Readonly<Record<BotState, StateWords>> = {
  online: { label: "Online", tone: "good" },
  connecting: { label: "Connecting", tone: "info" },
  pairing: { label: "Pairing", tone: "info" },
  "handed-over": { label: "Handed over", tone: "info" },
  "backing-off": { label: "Waiting to reconnect", tone: "warning" },
  stopped: { label: "Stopped", tone: "plain" },
  "logged-out": { label: "Logged out", tone: "bad" },
  replaced: { label: "Replaced", tone: "bad" },
  failed: { label: "Failed", tone: "bad" },
};

/** Every state, in the order of {@link botStateWords}. */
export const botStates: readonly BotState[] = [
  "online",
  "connecting",
  "pairing",
  "handed-over",
  "backing-off",
  "stopped",
  "logged-out",
  "replaced",
  "failed",
];

/** What a text of the address bar says, when it is a state. */
export const readBotState = (text: string | null): BotState | undefined => botStates.find((state) => state === text);

/** The number as people write it, or that there is none. */
export const describePhoneNumber = ({ phoneNumber }: Pick<Bot, "phoneNumber">): string =>
  phoneNumber === null ? "No phone number yet" : `+${phoneNumber}`;

/** Who holds the bot's session; null: nobody. */
export function describeHolder({ holder }: Pick<Bot, "holder">): string | null {
  if (holder === null) return null;
  return holder.kind === "worker" ? `Worker ${holder.id}` : `Microservice ${holder.id}`;
}
