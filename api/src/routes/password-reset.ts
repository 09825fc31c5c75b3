import { requestPasswordReset } from "@switchboard/core/services/identity/password-resets/request-password-reset";
import { resetPassword } from "@switchboard/core/services/identity/password-resets/reset-password";
import {
  createdPasswordResetSchema,
  resetPasswordSchema,
} from "@switchboard/core/services/identity/password-resets/schemas";
import { body, json, named, pathIds, protectedRoute, publicRoute } from "../openapi-parts.ts";
import { createRouter } from "../router.ts";

const requestRoute = protectedRoute(
  {
    method: "post",
    path: "/api/users/{userId}/password-reset",
    tags: ["Users"],
    summary: "Make a way to a new password",
    description:
      "For owners and admins who may manage the person in every team of theirs. Nothing is sent: give the code, which is shown in this answer only, to the person yourself. An earlier one ends.",
    request: { params: pathIds("userId") },
    responses: { 201: json(named(createdPasswordResetSchema, "CreatedPasswordReset"), "The code.") },
  },
  { refusals: ["forbidden", "confirmation-required", "not-found"] },
);

const resetRoute = publicRoute(
  {
    method: "post",
    path: "/api/password-reset",
    tags: ["Setup and sign-in"],
    summary: "Set a new password by a code",
    description:
      "Ends every browser sign-in and personal access token of the person. Each code works once; every code that opens nothing is not found.",
    request: body(
      named(resetPasswordSchema, "PasswordReset", {
        example: { code: "sb_rst_4fT9wQ2mZ8xK_…", newPassword: "seven herons wait behind the mill" },
      }),
    ),
    responses: { 204: { description: "The password is the new one." } },
  },
  { refusals: ["not-found"] },
);

/** What helps who forgot their password. */
export function passwordResetRoutes() {
  const router = createRouter();
  router.openapi(requestRoute, async (c) => c.json(await requestPasswordReset(c.var.ctx, c.req.valid("param")), 201));
  router.openapi(resetRoute, async (c) => {
    await resetPassword(c.var.ctx, c.req.valid("json"));
    return c.body(null, 204);
  });
  return router;
}
