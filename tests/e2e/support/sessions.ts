import type { Scope } from "@switchboard/core/domain/vocabulary";
import { authorizeBot } from "@switchboard/core/services/access";
import { type AuthStateCopy, readAuthState } from "@switchboard/core/services/auth-state/read-auth-state";
import { createdApiKeySchema } from "@switchboard/core/services/identity/api-keys/schemas";
import {
  type PlainSession,
  plainSessionSchema,
  type SessionView,
  sessionSchema,
} from "@switchboard/core/services/sessions/schemas";
import { namedTeamId } from "@switchboard/core/testing/named-ids";
import { z } from "zod";
import { getBot } from "./bots.ts";
import type { Installation } from "./installation.ts";
import { eventually } from "./poll.ts";
import type { Rest } from "./rest.ts";

const bytes = z.object({ type: z.literal("Buffer"), data: z.string() });
const keyPair = z.object({ private: bytes, public: bytes });

/** The parts of a session's credentials that tests compare; bytes are base64 text in `data`. */
export const credentialsSchema = z.object({
  noiseKey: keyPair,
  signedIdentityKey: keyPair,
  signedPreKey: z.object({ keyPair }),
  advSecretKey: z.string(),
  me: z.object({ id: z.string(), lid: z.string() }),
});

/** A new API key and the api as its holder. */
export async function createKey(installation: Installation, scopes: readonly Scope[], botIds: string[] | null = null) {
  const body = { name: scopes.join(" "), scopes, botIds };
  const { id, secret } = await installation.rest.send("POST", "/api/keys", body, createdApiKeySchema);
  installation.secrets.add("API key", secret);
  return { id, rest: installation.restAs(secret) };
}

/** A session that was handed out in plain form. */
export type PlainSessionView = SessionView & { readonly session: PlainSession };

const plainViewSchema = sessionSchema.extend({ session: plainSessionSchema });

/** The plain session of a bot as REST gives it; its token is remembered as a secret. */
export async function getSession(installation: Installation, rest: Rest, botId: string): Promise<PlainSessionView> {
  const session = await rest.get(`/api/bots/${botId}/session`, plainViewSchema);
  installation.secrets.add("session token", session.token);
  return session;
}

/** The session over REST and as it is stored, both of the same revision: a bot that is online goes on writing. */
export function readBoth(
  installation: Installation,
  rest: Rest,
  botId: string,
): Promise<{ shown: PlainSessionView; stored: AuthStateCopy }> {
  const read = async () => {
    const stored = await readStored(installation, botId);
    return { shown: await getSession(installation, rest, botId), stored };
  };
  return eventually(read, ({ shown, stored }) => shown.revision === stored.revision);
}

/** What the bot's holder has stored, opened with the installation's master key. */
async function readStored(installation: Installation, botId: string): Promise<AuthStateCopy> {
  const teamId = namedTeamId((await getBot(installation, botId)).teamId);
  const reader = {
    kind: "api-key",
    keyId: "key_test",
    teamId,
    scopes: ["session:read"],
    botIds: null,
    requestsPerMinute: null,
  } as const;
  const ctx = await installation.contextOf(reader);
  return readAuthState(ctx, await authorizeBot(ctx, botId, "session:read"));
}

/** Remembers every private key of a session, in the forms in which one might be printed. */
export function addPrivateKeys(installation: Installation, session: PlainSessionView): void {
  const { noiseKey, signedIdentityKey, signedPreKey, advSecretKey } = credentialsSchema.parse(session.session.creds);
  const keys = {
    "noise key": noiseKey.private.data,
    "identity key": signedIdentityKey.private.data,
    "signed pre-key": signedPreKey.keyPair.private.data,
    "ADV secret": advSecretKey,
  };
  for (const [name, base64] of Object.entries(keys)) {
    const raw = Buffer.from(base64, "base64");
    installation.secrets.add(name, base64);
    installation.secrets.add(`${name} in hex`, raw.toString("hex"));
    installation.secrets.add(`${name} in base64url`, raw.toString("base64url"));
    installation.secrets.add(`${name} as numbers`, [...raw].join(","));
  }
}
