import type { SwitchboardInputs } from "../index.ts";

/** Under what names a caller is known. */
interface Caller {
  readonly phoneNumber: string | null;
  readonly lid: string | null;
  readonly name: string | null;
}

type CallerInput = Pick<SwitchboardInputs["blocks"]["add"], "phoneNumber" | "lid" | "callId">;

/** The best name of a caller that is known. */
export function nameOf({ phoneNumber, lid, name }: Caller): string | null {
  const number = phoneNumber !== null ? `+${phoneNumber}` : lid !== null ? `${lid}@lid` : null;
  return name === null ? number : number === null ? name : `${number} ${name}`;
}

/** How a caller is named to the api: a call of the history (`call_…`), a LID (`…@lid`) or a phone number. */
export function callerInput(text: string): CallerInput {
  if (text.startsWith("call_")) return { callId: text };
  return text.endsWith("@lid") ? { lid: text } : { phoneNumber: text };
}

/** Whether a text as people write it names this caller. */
export function isCaller({ phoneNumber, lid }: Caller, text: string): boolean {
  const digits = text.replace(/\D/g, "");
  return digits !== "" && (text.endsWith("@lid") ? lid : phoneNumber) === digits;
}
