import { at, ids, page } from "./common.ts";

const person = {
  userId: ids.user,
  name: "Ada Example",
  email: "ada@example.org",
  teamId: ids.team,
  teamName: "Home",
  role: "owner",
};

const signedIn = { ...person, token: "sb_pat_4fT9wQ2mZ8xK_…", expiresAt: at.inNinetyDays };

const neverUsed = { lastUsedAt: null, lastUsedAddress: null, lastUsedUserAgent: null };

const apiKey = {
  id: ids.key,
  name: "billing service",
  prefix: "sb_live_4fT9wQ2mZ8xK",
  scopes: ["session:read", "session:plain"],
  botIds: [ids.bot],
  cidrs: ["203.0.113.0/24"],
  requestsPerMinute: null,
  status: "active",
  createdBy: `user:${ids.user}`,
  createdAt: at.noon,
  expiresAt: at.inNinetyDays,
  disabledAt: null,
  revokedAt: null,
  successorId: null,
  recipient: null,
  ...neverUsed,
};

const personalToken = {
  id: ids.personalToken,
  userId: ids.user,
  name: "laptop",
  prefix: "sb_pat_4fT9wQ2mZ8xK",
  status: "active",
  current: false,
  createdAt: at.noon,
  expiresAt: at.inNinetyDays,
  revokedAt: null,
  ...neverUsed,
};

const browserSignIn = {
  id: ids.signIn,
  current: false,
  address: "203.0.113.7",
  userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  createdAt: at.morning,
  lastUsedAt: at.noon,
};

const auditEntry = {
  id: "aud_01k8yq2f5nzv3c6m9x4t7w8r2e",
  at: at.noon,
  actor: { kind: "user", id: ids.user, name: "Ada Example" },
  action: "api-key.create",
  object: { kind: "api-key", id: ids.key },
  botId: null,
  outcome: "success",
  address: "203.0.113.7",
  userAgent: "curl/8.5.0",
  requestId: "req_01k8yq2f5nzv3c6m9x4t7w8r2e",
  detail: { name: "billing service" },
};

/** Answers about people and their credentials, by the names of their schemas. */
export const identityExamples: Readonly<Record<string, unknown>> = {
  SetupStatus: { setUp: true },
  SignedIn: signedIn,
  Me: {
    ...person,
    scopes: ["bots:read", "bots:write", "calls:read", "blocking:read", "blocking:write"],
    teams: [{ id: ids.team, name: "Home", role: "owner" }],
  },
  BrowserSignInList: page(browserSignIn),
  EndedCredentials: { signIns: 1, tokens: 2, sessionTokens: 1 },
  ConfirmedPassword: { confirmedUntil: "2026-11-22T12:15:00.000Z" },
  ApiKey: apiKey,
  CreatedApiKey: { ...apiKey, secret: "sb_live_4fT9wQ2mZ8xK_…" },
  ApiKeyList: page(apiKey),
  Recipient: {
    keyId: ids.key,
    recipient: {
      thumbprint: "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U",
      publicJwk: {
        kty: "EC",
        crv: "P-256",
        x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
      },
      registeredAt: at.noon,
      registeredBy: `user:${ids.user}`,
    },
  },
  RecipientChallenge: { challenge: "rch1.1.1795348800000.…", expiresAt: at.noon },
  PersonalToken: personalToken,
  CreatedPersonalToken: { ...personalToken, token: "sb_pat_4fT9wQ2mZ8xK_…" },
  PersonalTokenList: page(personalToken),
  AuditEntry: auditEntry,
  AuditList: page(auditEntry),
};
