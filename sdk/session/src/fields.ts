import { UnreachableError } from "./errors.ts";

type Body = Readonly<Record<string, unknown>>;

/** Reads a member that an answer of the service always has. @throws UnreachableError when it has not: something else answered */
export function textOf(body: Body, member: string): string {
  const value = body[member];
  return typeof value === "string" ? value : missing(member);
}

/** As {@link textOf}, for a whole number from 0 on. */
export function countOf(body: Body, member: string): number {
  const value = body[member];
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : missing(member);
}

/** As {@link textOf}, for an instant, in milliseconds of the service's clock. */
export function instantOf(body: Body, member: string): number {
  const instantMs = Date.parse(textOf(body, member));
  return Number.isNaN(instantMs) ? missing(member) : instantMs;
}

/** The members of an object; null for anything else. */
export const membersOf = (value: unknown): Body | null =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : null;

function missing(member: string): never {
  throw new UnreachableError(`The answer has no readable ${member}: is this the address of Switchboard?`);
}
