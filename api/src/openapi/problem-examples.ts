import { type ErrorCode, errorCodes } from "@switchboard/core/domain/vocabulary";
import { problemKinds } from "../problems.ts";

const REQUEST_ID = "req_01k8yq2f5nzv3c6m9x4t7w8r2e";

/** Members that a refusal of this code brings beside those of every problem. */
const MORE: Readonly<Partial<Record<ErrorCode, object>>> = {
  "scope-missing": { requiredScope: "bots:write" },
  "validation-failed": { errors: [{ path: "name", message: "Too small: expected string to have >=1 characters" }] },
  "rate-limited": { "violated-policies": ["default"] },
};

/** One problem document for each code, for the refusals of every call. */
export const problemExamples: Readonly<Record<string, { readonly summary: string; readonly value: object }>> =
  Object.fromEntries(
    errorCodes.map((code) => {
      const { title, status, cause } = problemKinds[code];
      const names = { type: `/problems/${code}`, title, status, detail: cause, instance: REQUEST_ID, code };
      return [code, { summary: title, value: { ...names, requestId: REQUEST_ID, ...MORE[code] } }];
    }),
  );
