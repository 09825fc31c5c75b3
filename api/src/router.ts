import { type Hook, OpenAPIHono } from "@hono/zod-openapi";
import type { ServiceContext } from "@switchboard/core/context";
import { type FieldError, ServiceError } from "@switchboard/core/errors";
import type { Env } from "hono";
import type { z } from "zod";
import type { AppDeps } from "./app-deps.ts";

/** What travels with each request. */
export interface ApiEnv extends Env {
  Bindings: {
    /** Address of the socket's other end; absent where the platform does not tell. */
    readonly peerAddress?: string | null;
    /** Parts made for this request alone; absent where they live as long as the process. */
    readonly deps?: AppDeps;
  };
  Variables: {
    deps: AppDeps;
    /** Anonymous until the credential was looked at. */
    ctx: ServiceContext;
    /** Why the credential that came along is not accepted; thrown by routes that need one. */
    credentialFailure: ServiceError | null;
  };
}

/** More field errors than these help nobody. */
const FIELD_ERRORS_MAX = 50;

/** A router whose input is validated before the handler; bad input is a validation-failed with every field named. */
export const createRouter = () => new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalidInput });

const refuseInvalidInput: Hook<unknown, ApiEnv, string, unknown> = (result) => {
  if (result.success) return;
  const errors = result.error.issues.flatMap(toFieldErrors).slice(0, FIELD_ERRORS_MAX);
  throw new ServiceError("validation-failed", "The request is readable but not valid.", { errors });
};

/** One error per unknown field, so that each is named by its path. */
function toFieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ path: [...path, key].join("."), message: "There is no such field." }));
  return [{ path: path.join("."), message: issue.message }];
}
