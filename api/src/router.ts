import { type Hook, OpenAPIHono } from "@hono/zod-openapi";
import type { ServiceContext } from "@switchboard/core/context";
import type { ServiceError } from "@switchboard/core/errors";
import type { Env } from "hono";
import type { AppDeps } from "./app-deps.ts";
import { refusalOfInput } from "./field-errors.ts";

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
    /** Gives the handler this many milliseconds more before it is answered for: it waits on purpose. */
    allowMoreTime: (moreMs: number) => void;
  };
}

/** A router whose input is validated before the handler; bad input is a validation-failed with every field named. */
export const createRouter = () => new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalidInput });

const refuseInvalidInput: Hook<unknown, ApiEnv, string, unknown> = (result) => {
  if (!result.success) throw refusalOfInput(result.error);
};
