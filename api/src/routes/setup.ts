import { completeSetup, isSetUp } from "@switchboard/core/services/identity/complete-setup";
import { setupSchema } from "@switchboard/core/services/identity/schemas";
import { z } from "zod";
import { body, json, named, publicRoute } from "../openapi-parts.ts";
import { createRouter } from "../router.ts";
import { signedIn } from "./shared-schemas.ts";

const PATH = "/api/setup";
const TAGS = ["Setup and sign-in"];
const wish = named(setupSchema, "Setup", {
  example: {
    code: "3k9v2-m0qwe-7hdyx-ztg41",
    name: "Ada Example",
    email: "ada@example.org",
    password: "a sentence is easy to remember",
    teamName: "Home",
  },
});

const statusRoute = publicRoute({
  path: PATH,
  tags: TAGS,
  method: "get",
  summary: "Whether the first admin exists",
  responses: { 200: json(named(z.object({ setUp: z.boolean() }), "SetupStatus"), "The state of the setup.") },
});

const completeRoute = publicRoute(
  {
    path: PATH,
    tags: TAGS,
    method: "post",
    summary: "Make the first admin",
    description:
      "Needs the one-time setup code that is printed at the first start and kept in DATA_DIR/setup-code. `token` is a personal access token: shown here and never again.",
    request: body(wish),
    responses: { 201: json(signedIn, "The first admin, signed in.") },
  },
  { refusals: ["forbidden", "already-set-up"] },
);

/** The first start of an installation. */
export function setupRoutes() {
  const router = createRouter();
  router.openapi(statusRoute, async (c) => c.json({ setUp: await isSetUp(c.var.ctx) }, 200));
  router.openapi(completeRoute, async (c) => {
    const { setupCode } = c.var.deps;
    const person = await completeSetup(c.var.ctx, c.req.valid("json"), await setupCode.read());
    await setupCode.forget();
    return c.json(person, 201);
  });
  return router;
}
