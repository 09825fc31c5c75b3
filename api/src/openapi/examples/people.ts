import { at, ids, page } from "./common.ts";

const user = {
  id: ids.user,
  name: "Ada Example",
  email: "ada@example.org",
  role: "owner",
  createdAt: at.weekBefore,
  joinedAt: at.weekBefore,
  lastSignInAt: at.morning,
  hasOpenTokens: true,
};

const invitation = {
  id: ids.invitation,
  email: "noor@example.org",
  role: "operator",
  status: "open",
  createdBy: `user:${ids.user}`,
  createdAt: at.noon,
  expiresAt: at.tomorrow,
  usedAt: null,
  revokedAt: null,
};

const team = { id: ids.team, name: "Home", slug: "home", role: "owner", current: true, createdAt: at.weekBefore };

/** Answers about the people of teams, by the names of their schemas. */
export const peopleExamples: Readonly<Record<string, unknown>> = {
  User: user,
  UserList: page(user),
  Invitation: invitation,
  InvitationList: page(invitation, { status: "open" }),
  CreatedInvitation: {
    ...invitation,
    code: "sb_inv_4fT9wQ2mZ8xK_…",
  },
  AcceptedInvitation: {
    userId: ids.user,
    name: "Noor Example",
    email: "noor@example.org",
    teamId: ids.team,
    teamName: "Home",
    role: "operator",
    token: "sb_pat_4fT9wQ2mZ8xK_…",
    expiresAt: at.inNinetyDays,
  },
  CreatedPasswordReset: {
    userId: ids.user,
    code: "sb_rst_4fT9wQ2mZ8xK_…",
    expiresAt: at.tomorrow,
  },
  Team: team,
  TeamList: { items: [team], nextCursor: null, filters: {} },
};
