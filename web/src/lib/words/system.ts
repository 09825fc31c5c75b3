import type { Outputs } from "#lib/api/client.ts";

/** A worker process as the database knows it. */
export type Worker = Outputs["system"]["health"]["workers"][number];
/** One setting of the api. */
export type Setting = NonNullable<Outputs["system"]["config"]>[number];

interface StateWords {
  readonly label: string;
  readonly tone: "plain" | "good" | "warning" | "bad";
  /** What the state means, in a sentence. */
  readonly meaning: string;
}

/** Each state of a worker in a word, the colour that repeats it, and what it means. */
export const workerStateWords: Readonly<Record<Worker["state"], StateWords>> = {
  up: { label: "Up", tone: "good", meaning: "It reports every 20 seconds." },
  silent: {
    label: "Silent",
    tone: "bad",
    meaning: "It said nothing for a minute and a half: it was killed, hangs, or cannot reach the database.",
  },
  stopped: {
    label: "Stopped",
    tone: "plain",
    meaning: "It said that it stops, or another worker gave it up after it fell silent.",
  },
};

/** The value of a setting as people read it; a secret is only ever set or not set. */
export function describeSetting({ isSecret, isSet, value }: Pick<Setting, "isSecret" | "isSet" | "value">): string {
  if (!isSet) return "not set";
  return isSecret ? "set, and not shown" : (value ?? "set");
}
