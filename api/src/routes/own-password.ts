import { changePassword } from "@switchboard/core/services/identity/passwords/change-password";
import { confirmPassword } from "@switchboard/core/services/identity/passwords/confirm-password";
import {
  changePasswordSchema,
  confirmedPasswordSchema,
  confirmPasswordSchema,
} from "@switchboard/core/services/identity/passwords/schemas";
import { body, json, named, protectedRoute } from "../openapi-parts.ts";
import { createRouter } from "../router.ts";
import { endedCredentials } from "./shared-schemas.ts";

const TAGS = ["Setup and sign-in"];
const confirmation = named(confirmPasswordSchema, "PasswordConfirmation", {
  example: { password: "nine lanterns over the old harbour" },
});
const change = named(changePasswordSchema, "PasswordChange", {
  example: {
    currentPassword: "nine lanterns over the old harbour",
    newPassword: "a heron waits beside wet stones",
    endTokens: true,
  },
});

const confirmRoute = protectedRoute(
  {
    method: "post",
    path: "/api/confirm-password",
    tags: TAGS,
    summary: "Give the password once more",
    description:
      "Lets the personal access token that is presented make sensitive changes for 15 minutes. Tries count for the person, apart from sign-ins.",
    request: body(confirmation),
    responses: { 200: json(named(confirmedPasswordSchema, "ConfirmedPassword"), "Until when it holds.") },
  },
  { refusals: ["forbidden"] },
);

const changeRoute = protectedRoute(
  {
    method: "post",
    path: "/api/password",
    tags: TAGS,
    summary: "Change one's password",
    description:
      "Ends every browser sign-in of the person and open password resets; with `endTokens` also every other personal access token and every session token. Tries count for the person, apart from sign-ins.",
    request: body(change),
    responses: { 200: json(endedCredentials, "What was ended.") },
  },
  { refusals: ["forbidden", "conflict"] },
);

/** What people do with their own password. */
export function ownPasswordRoutes() {
  const router = createRouter();
  router.openapi(confirmRoute, async (c) => c.json(await confirmPassword(c.var.ctx, c.req.valid("json")), 200));
  router.openapi(changeRoute, async (c) => c.json(await changePassword(c.var.ctx, c.req.valid("json")), 200));
  return router;
}
