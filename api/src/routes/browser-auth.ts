import { notFound, ServiceError } from "@switchboard/core/errors";
import { authenticateUser } from "@switchboard/core/services/identity/authenticate-user";
import { signInSchema } from "@switchboard/core/services/identity/schemas";
import { beginBrowserSignIn, endBrowserSignIn } from "@switchboard/core/services/identity/sign-ins/browser-sign-in";
import { endSignIn } from "@switchboard/core/services/identity/sign-ins/end-sign-in";
import { type Context, Hono } from "hono";
import { z } from "zod";
import { isOwnPage, trustedOrigins } from "../origins.ts";
import { passOn } from "../pass-on.ts";
import type { ApiEnv } from "../router.ts";

/** What browsers need; the library has more, which stays closed. */
const OPEN_CALLS: ReadonlySet<string> = new Set([
  "POST /api/auth/sign-in/email",
  "POST /api/auth/sign-out",
  "GET /api/auth/get-session",
]);
const SIGN_IN = "/api/auth/sign-in/email";
const SIGN_OUT = "/api/auth/sign-out";

/** Sign-in of browsers, by cookie. Its answers are the auth library's own, refusals before it problem documents. */
export function browserAuthRoutes() {
  const router = new Hono<ApiEnv>();
  router.all("/api/auth/*", async (c) => {
    if (!OPEN_CALLS.has(`${c.req.method} ${c.req.path}`)) throw notFound();
    if (!isOwnPage(c.req.method, c.req.raw.headers, trustedOrigins(c.var.ctx.settings.publicUrl)))
      throw new ServiceError("forbidden", "This request does not come from a page of this installation.");
    if (c.req.path === SIGN_IN) return signIn(c);
    if (c.req.path === SIGN_OUT) await endOwnSignIn(c);
    return passOn(c, await handle(c));
  });
  return router;
}

/** Counts tries like the sign-in of tools does, and notes how it ended. */
async function signIn(c: Context<ApiEnv>): Promise<Response> {
  // The library reads forms too; a try in a form we do not read would not be counted.
  if (!/^application\/json *(;|$)/i.test(c.req.header("content-type") ?? ""))
    throw new ServiceError("unsupported-media-type", "Send the body as application/json.");
  const begun = await beginBrowserSignIn(c.var.ctx, await emailOf(c.req.raw.clone()));
  const answer = await handle(c);
  await endBrowserSignIn(c.var.ctx, begun, answer.ok ? await tokenOf(answer.clone()) : null);
  return passOn(c, answer);
}

/** Ends the sign-in together with its audit row; what is left for the library is to take the cookie back. */
async function endOwnSignIn({ var: { ctx, deps }, req }: Context<ApiEnv>): Promise<void> {
  const found = await deps.browserSignIn.findUser(req.raw.headers);
  const actor = found && (await authenticateUser(ctx, found));
  if (found && actor) await endSignIn({ ...ctx, actor }, { signInId: found.signInId });
}

/** null for a body that holds none; the library then refuses it itself. */
async function emailOf(request: Request): Promise<string | null> {
  const body: unknown = await request.json().catch(() => null);
  return withEmail.safeParse(body).data?.email ?? null;
}

/** Of the sign-in that was made. @throws ZodError for an answer of the library that we do not know */
const tokenOf = async (answer: Response): Promise<string> => withToken.parse(await answer.json()).token;

const withToken = z.looseObject({ token: z.string() });

const withEmail = z.looseObject({ email: signInSchema.shape.email });

const handle = (c: Context<ApiEnv>) => c.var.deps.browserSignIn.handle(c.req.raw, c.var.ctx.request.address);
