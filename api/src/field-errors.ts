import { type FieldError, ServiceError } from "@switchboard/core/errors";
import type { z } from "zod";

/** More field errors than these help nobody. */
const FIELD_ERRORS_MAX = 50;

/** The refusal of an input that does not pass its schema: every field that is wrong is named, an unknown one as well. */
export const refusalOfInput = ({ issues }: { readonly issues: readonly z.core.$ZodIssue[] }): ServiceError =>
  new ServiceError("validation-failed", "The request is readable but not valid.", {
    errors: issues.flatMap(toFieldErrors).slice(0, FIELD_ERRORS_MAX),
  });

/** One error per unknown field, so that each is named by its path. */
function toFieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ path: [...path, key].join("."), message: "There is no such field." }));
  return [{ path: path.join("."), message: issue.message }];
}
