import type { AuthDefect, Checked } from "../../domain/auth-changes.ts";
import { ServiceError } from "../../errors.ts";

/** The value, or a 422 that names every part that is wrong. @throws ServiceError validation-failed */
export function requireValid<T>(checked: Checked<T>): T {
  if (checked.ok) return checked.value;
  throw invalidParts(checked.defects);
}

/** A 422 for these parts of the request. */
export const invalidParts = (errors: readonly AuthDefect[]) =>
  new ServiceError("validation-failed", "The request is readable but not valid.", { errors });
