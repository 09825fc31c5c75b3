import { at, ids, page } from "./common.ts";

const bot = {
  id: ids.bot,
  teamId: ids.team,
  name: "Front desk",
  timeZone: "Europe/Madrid",
  desiredState: "running",
  state: "online",
  since: at.noon,
  reason: null,
  reasonText: null,
  phoneNumber: "34600000000",
  lid: "123456789012345",
  pushName: "Front desk",
  linked: true,
  assignedTo: "workers",
  holder: {
    kind: "worker",
    id: "worker-1",
    since: at.morning,
    epoch: 7,
    expiresAt: at.noon,
    state: "held",
    drainDeadline: null,
    stalledSince: null,
  },
  createdAt: at.weekBefore,
};

const sessionToken = {
  id: ids.sessionToken,
  botId: ids.bot,
  subject: ids.key,
  issuedAt: at.noon,
  expiresAt: at.inAnHour,
  chainStartedAt: at.noon,
  renewedFrom: null,
  revokedAt: null,
  lastUsedAt: null,
  status: "active",
};

/** Bytes of a key, in the form in which Baileys writes them. */
const bytes = { type: "Buffer", data: "c2VjcmV0IGJ5dGVz" };

/** Answers about bots, their linking and their sessions, by the names of their schemas. */
export const botExamples: Readonly<Record<string, unknown>> = {
  Bot: bot,
  BotList: page(bot),
  CommandAccepted: { commandId: ids.command },
  Pairing: { state: "code", method: "code", code: "ABCD1234", expiresAt: at.noon, reason: null },
  Session: {
    botId: ids.bot,
    session: {
      creds: { me: { id: "34600000000:1@s.whatsapp.net" }, noiseKey: { private: bytes, public: bytes } },
      keys: { "pre-key": { "1": { private: bytes, public: bytes } } },
    },
    sealed: false,
    revision: 32,
    lease: "none",
    token: "eyJhbGciOiJFZERTQSIsInR5cCI6InNlc3Npb24rand0In0.…",
    expiresAt: at.inAnHour,
  },
  ImportedSession: { botId: ids.bot, phoneNumber: "34600000000", keys: 812, revision: 1, replaced: false },
  ExportedSession: {
    botId: ids.bot,
    files: { "creds.json": { registrationId: 4711, noiseKey: { private: bytes, public: bytes } } },
    revision: 32,
    notice: "These files are the whole session in plain form: who has them is the linked device.",
  },
  IssuedSessionToken: { token: "eyJhbGciOiJFZERTQSIsInR5cCI6InNlc3Npb24rand0In0.…", expiresAt: at.tomorrow },
  SessionTokenList: page(sessionToken),
  VerifiedSessionToken: { active: true, botId: ids.bot, expiresAt: at.inAnHour, remainingSeconds: 3_600 },
};
