import type { Person } from "./caller-changes.ts";

/** A change of a caller's standing that is asked for before it is made. */
export interface CallerQuestion {
  readonly kind: "block" | "allow";
  readonly person: Person;
  /** A call of theirs, which names them best; undefined: none is at hand. */
  readonly callId: string | undefined;
}
