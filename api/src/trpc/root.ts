import { router } from "./init.ts";
import { allowsRouter } from "./routers/allows.ts";
import { auditRouter } from "./routers/audit.ts";
import { authRouter } from "./routers/auth.ts";
import { blocksRouter } from "./routers/blocks.ts";
import { botsRouter } from "./routers/bots.ts";
import { callBlockingRouter } from "./routers/call-blocking.ts";
import { callsRouter } from "./routers/calls.ts";
import { eventsRouter } from "./routers/events.ts";
import { invitationsRouter } from "./routers/invitations.ts";
import { keysRouter } from "./routers/keys.ts";
import { leasesRouter } from "./routers/leases.ts";
import { sessionsRouter } from "./routers/sessions.ts";
import { setupRouter } from "./routers/setup.ts";
import { systemRouter } from "./routers/system.ts";
import { teamsRouter } from "./routers/teams.ts";
import { tokensRouter } from "./routers/tokens.ts";
import { usersRouter } from "./routers/users.ts";

/** Every procedure. */
export const appRouter = router({
  setup: setupRouter,
  auth: authRouter,
  users: usersRouter,
  invitations: invitationsRouter,
  teams: teamsRouter,
  bots: botsRouter,
  keys: keysRouter,
  tokens: tokensRouter,
  sessions: sessionsRouter,
  leases: leasesRouter,
  callBlocking: callBlockingRouter,
  blocks: blocksRouter,
  allows: allowsRouter,
  calls: callsRouter,
  audit: auditRouter,
  system: systemRouter,
  events: eventsRouter,
});

/** The type clients are typed by; nothing else of this package is public. */
export type AppRouter = typeof appRouter;
