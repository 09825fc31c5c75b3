/** A person as pages know them; whatever is not known is null or left out. */
export interface Caller {
  /** E.164 digits. */
  readonly phoneNumber?: string | null | undefined;
  /** Digits. */
  readonly lid?: string | null | undefined;
  /** A call of the history, for people of whom the page has no number. */
  readonly callId?: string | undefined;
  readonly name?: string | null | undefined;
}

/** What a request calls a person by: exactly one of the three. */
export type CallerReference = { readonly phoneNumber: string } | { readonly lid: string } | { readonly callId: string };

/** The name of a person, else the number, else the LID. */
export const callerName = ({ name, phoneNumber, lid }: Caller): string =>
  name ?? (phoneNumber ? `+${phoneNumber}` : lid ? `LID ${lid}` : "this caller");

/** The person's number and LID in one line; null: the name, or nothing, is all there is. */
export function callerDetail({ name, phoneNumber, lid }: Caller): string | null {
  const parts = [name && phoneNumber ? `+${phoneNumber}` : null, lid && (name || phoneNumber) ? `LID ${lid}` : null];
  return parts.filter((part) => part !== null).join(" · ") || null;
}

/** What to name the person by in a request; the call of the history first. null: nothing is known. */
export function referenceOf({ phoneNumber, lid, callId }: Caller): CallerReference | null {
  if (callId) return { callId };
  if (phoneNumber) return { phoneNumber };
  return lid ? { lid } : null;
}

/** Reads what a person typed as a phone number, or as a LID where it says so by `@lid`. */
export const readReference = (text: string): CallerReference =>
  /@lid\s*$/i.test(text) ? { lid: text.trim().toLowerCase() } : { phoneNumber: text };
