import { createRouter } from "./router.ts";
import { allowedContactRoutes } from "./routes/allowed-contacts.ts";
import { auditRoutes } from "./routes/audit.ts";
import { authStateRoutes } from "./routes/auth-state.ts";
import { blockedContactRoutes } from "./routes/blocked-contacts.ts";
import { botRoutes } from "./routes/bots.ts";
import { callBlockingRoutes } from "./routes/call-blocking.ts";
import { callRoutes } from "./routes/calls.ts";
import { cronRoutes } from "./routes/cron.ts";
import { invitationRoutes } from "./routes/invitations.ts";
import { keyRoutes } from "./routes/keys.ts";
import { leaseControlRoutes } from "./routes/lease-control.ts";
import { leaseEventRoutes } from "./routes/lease-events.ts";
import { leaseRoutes } from "./routes/leases.ts";
import { ownPasswordRoutes } from "./routes/own-password.ts";
import { pairingRoutes } from "./routes/pairing.ts";
import { passwordResetRoutes } from "./routes/password-reset.ts";
import { recipientRoutes } from "./routes/recipients.ts";
import { sessionFileRoutes } from "./routes/session-files.ts";
import { sessionTokenRoutes } from "./routes/session-tokens.ts";
import { sessionRoutes } from "./routes/sessions.ts";
import { setupRoutes } from "./routes/setup.ts";
import { signInRoutes } from "./routes/sign-in.ts";
import { signInListRoutes } from "./routes/sign-ins.ts";
import { systemRoutes } from "./routes/system.ts";
import { teamRoutes } from "./routes/teams.ts";
import { tokenRoutes } from "./routes/tokens.ts";
import { userRoutes } from "./routes/users.ts";

const RESOURCES = [
  setupRoutes,
  signInRoutes,
  signInListRoutes,
  ownPasswordRoutes,
  passwordResetRoutes,
  userRoutes,
  invitationRoutes,
  teamRoutes,
  keyRoutes,
  recipientRoutes,
  tokenRoutes,
  botRoutes,
  pairingRoutes,
  sessionRoutes,
  sessionTokenRoutes,
  sessionFileRoutes,
  authStateRoutes,
  leaseRoutes,
  leaseControlRoutes,
  leaseEventRoutes,
  callBlockingRoutes,
  blockedContactRoutes,
  allowedContactRoutes,
  callRoutes,
  auditRoutes,
  systemRoutes,
  cronRoutes,
];

/** Every route of the public REST API, one router per resource. */
export function restRoutes() {
  const router = createRouter();
  for (const routes of RESOURCES) router.route("/", routes());
  return router;
}
