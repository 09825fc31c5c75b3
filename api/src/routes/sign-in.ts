import { getMe } from "@switchboard/core/services/identity/get-me";
import { meSchema, signInSchema } from "@switchboard/core/services/identity/schemas";
import { signIn } from "@switchboard/core/services/identity/sign-in";
import { signOut } from "@switchboard/core/services/identity/sign-out";
import { body, json, named, protectedRoute, publicRoute } from "../openapi-parts.ts";
import { createRouter } from "../router.ts";
import { signedIn } from "./shared-schemas.ts";

const TAGS = ["Setup and sign-in"];
const me = named(meSchema, "Me");
const wish = named(signInSchema, "SignIn", {
  example: { email: "ada@example.org", password: "a sentence is easy to remember", tokenName: "laptop" },
});

const signInRoute = publicRoute(
  {
    method: "post",
    path: "/api/sign-in",
    tags: TAGS,
    summary: "Sign in from a tool",
    description: "`token` is a personal access token for one team: shown here and never again. Browsers use /api/auth.",
    request: body(wish),
    responses: { 200: json(signedIn, "The person, signed in.") },
  },
  { refusals: ["unauthenticated"] },
);

const signOutRoute = protectedRoute(
  {
    method: "post",
    path: "/api/sign-out",
    tags: TAGS,
    summary: "Revoke the personal access token that is presented",
    responses: { 204: { description: "The token is revoked." } },
  },
  { refusals: ["forbidden"] },
);

const meRoute = protectedRoute(
  {
    method: "get",
    path: "/api/me",
    tags: TAGS,
    summary: "Who the credential stands for",
    description: "For personal access tokens; an API key stands for no person.",
    responses: {
      200: json(
        me,
        "The person in the team the credential acts in, what their role allows there, and all their teams.",
      ),
    },
  },
  { refusals: ["forbidden"] },
);

/** Sign-in of tools such as `sb`. */
export function signInRoutes() {
  const router = createRouter();
  router.openapi(signInRoute, async (c) => c.json(await signIn(c.var.ctx, c.req.valid("json")), 200));
  router.openapi(signOutRoute, async (c) => {
    await signOut(c.var.ctx);
    return c.body(null, 204);
  });
  router.openapi(meRoute, async (c) => c.json(await getMe(c.var.ctx), 200));
  return router;
}
