/** The groups of calls, in the order in which a reader meets them. A test finds a tag that is missing here. */
export const tags = [
  { name: "Setup and sign-in", description: "The first admin of an installation, and tokens for tools." },
  { name: "Users", description: "The people of a team, their roles, and new passwords for who forgot theirs." },
  { name: "Invitations", description: "Codes that put somebody into a team, once." },
  { name: "Teams", description: "The teams one belongs to, and the one a credential acts in." },
  { name: "API keys", description: "Credentials of microservices: scopes, and limits to bots and addresses." },
  { name: "Personal access tokens", description: "Credentials of people for tools such as `sb`." },
  { name: "Bots", description: "WhatsApp accounts that are linked here, and what is asked of whoever holds them." },
  { name: "Pairing", description: "Linking a bot to a phone, by QR code or by a code that is typed." },
  { name: "Sessions", description: "Reading a bot's session, and tokens to read it for a while." },
  { name: "Session tokens", description: "The tokens that were made: asking after one, listing, revoking." },
  { name: "Leases", description: "Taking a bot's session over, running it, and giving it back." },
  {
    name: "Remote auth state",
    description: "Reading a session one holds by a lease, and storing every change of it.",
  },
  { name: "Call blocking", description: "What a bot does with calls: limit, block length, texts, exceptions." },
  { name: "Blocked contacts", description: "Callers a bot does not take calls from." },
  { name: "Allowed contacts", description: "Callers whose calls always pass." },
  { name: "Calls", description: "Every call with its verdict and the reason, numbers, and what is left of a limit." },
  { name: "Audit", description: "Who did what to which thing from where, refusals included." },
  { name: "System", description: "The installation as anybody may see it, and its housekeeping." },
] as const;
