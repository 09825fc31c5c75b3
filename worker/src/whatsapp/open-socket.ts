import { parseJid, phoneNumberJid } from "@switchboard/core/domain/jid";
import type { Logger } from "@switchboard/host/logger";
import makeWASocket, {
  type BinaryNode,
  generateMessageIDV2,
  S_WHATSAPP_NET,
  type WASocket,
} from "@whiskeysockets/baileys";
import type { BotAuthState } from "./auth/bot-auth-state.ts";
import { createBaileysLogger } from "./baileys-logger.ts";
import { UNTRUSTED_SERVER } from "./disconnect-table.ts";
import type { BotAccount, SocketEvents } from "./events.ts";
import { guardFrames } from "./guard-frames.ts";
import { chatMessageOf, pastChatOf, receiptOf } from "./message-mapper.ts";
import { MessagesInHand } from "./messages-in-hand.ts";
import { readCallStanza } from "./raw-call.ts";
import { RecentMessages } from "./recent-messages.ts";
import { type OutgoingText, type SendAnswer, sendText } from "./send-text.ts";
import type { TestServer } from "./whatsapp-server.ts";

/** A query that the server does not answer is given up after this. */
const QUERY_TIMEOUT_MS = 20_000;
const CONNECT_TIMEOUT_MS = 20_000;

/** What the server said to a question that asks it to do something; for rejects see core/domain/call-effects.ts. */
export type QueryAnswer = "acknowledged" | "refused" | "silent";

/** One connection to WhatsApp. It never reconnects by itself. */
export interface BotSocket {
  /** As `end`, but not in the middle of a message: for a connection that is closed on purpose. Takes `limitMs` at most. */
  finish(limitMs: number): Promise<void>;
  /** Closes the connection; `onClose` follows. Safe to repeat. */
  end(): Promise<void>;
  /** Asks the server to unlink this device. @throws when the question could not be sent */
  unlink(timeoutMs: number): Promise<QueryAnswer>;
  /** Asks for a code that is typed into the phone of this number (digits). */
  requestPairingCode(phoneNumber: string): Promise<string>;
  rejectCall(callId: string, callFrom: string, timeoutMs: number): Promise<QueryAnswer>;
  /** Digits of the LID of a phone number (digits): the stored one, else the server's word; null when there is none. */
  findLid(phoneNumber: string): Promise<string | null>;
  /** An id for a text, so that it can be recorded before it is sent. */
  newMessageId(): string;
  /** Sends a text and waits for the server's word. @throws when it could not be handed over */
  sendText(text: OutgoingText): Promise<SendAnswer>;
}

/** Opens a connection on an auth state that nobody else uses. */
export function openSocket(input: {
  readonly authState: BotAuthState;
  readonly logger: Logger;
  readonly testServer: TestServer | null;
  readonly keepAliveMs: number;
  /** false once somebody else may hold the session: from then on nothing is sent, nor heard of what arrives. */
  readonly isAlive: () => boolean;
  readonly events: SocketEvents;
}): BotSocket {
  const { authState, events, testServer } = input;
  const recent = new RecentMessages();
  const socket = makeWASocket({
    auth: authState.auth,
    makeSignalRepository: authState.makeSignalRepository,
    transactionOpts: authState.transactionOpts,
    logger: createBaileysLogger(input.logger),
    keepAliveIntervalMs: input.keepAliveMs,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    defaultQueryTimeoutMs: QUERY_TIMEOUT_MS,
    // Staying "unavailable" leaves the notifications of the owner's phone on.
    markOnlineOnConnect: false,
    syncFullHistory: false,
    getMessage: (key) => Promise.resolve(recent.get(key.id)),
    ...(testServer === null ? {} : { waWebSocketUrl: testServer.url }),
  });
  const inHand = new MessagesInHand(socket);
  guardFrames(socket, input.isAlive);
  authState.attach(socket, inHand);
  listen(socket, events);
  return {
    finish: (limitMs) => inHand.end(limitMs),
    end: () => socket.end(undefined),
    unlink: (timeoutMs) => unlinkDevice(socket, timeoutMs),
    requestPairingCode: (phoneNumber) => socket.requestPairingCode(phoneNumber),
    rejectCall: (callId, callFrom, timeoutMs) => rejectCall(socket, callId, callFrom, timeoutMs),
    findLid: async (phoneNumber) => {
      const lid = await socket.signalRepository.lidMapping.getLIDForPN(phoneNumberJid(phoneNumber));
      return lid ? (parseJid(lid)?.user ?? null) : null;
    },
    newMessageId: () => generateMessageIDV2(socket.user?.id),
    sendText: (text) => sendText(socket, recent, text),
  };
}

function listen(socket: WASocket, events: SocketEvents): void {
  socket.ev.on("connection.update", (update) => {
    if (update.qr) events.onQr(update.qr);
    if (update.isNewLogin) events.onPaired();
    if (update.connection === "open") events.onOpen(accountOf(socket));
    if (update.reachoutTimeLock?.isActive) events.onTimeLock();
    if (update.connection === "close") events.onClose(closeCodeOf(update.lastDisconnect?.error));
  });
  // The server's question during linking (WhiskeySockets/Baileys#2672, tulir/whatsmeow#1186); Baileys has no answer to it.
  for (const type of ["passkey_prologue_request", "crsc_continuation"])
    socket.ws.on(`CB:notification,type:${type}`, () => events.onPasskeyRequired());
  socket.ws.on("CB:call", (node: BinaryNode) => {
    const stanza = readCallStanza(node);
    if (stanza) events.onCall(stanza);
  });
  socket.ev.on("messages.upsert", ({ messages, type }) => {
    for (const message of messages) {
      const exchanged = type === "notify" || message.key.fromMe ? chatMessageOf(message) : null;
      if (exchanged) events.onMessage(exchanged);
      // The status of an own message may come merged into an upsert instead of an update.
      const receipt = receiptOf({ key: message.key, update: message });
      if (receipt) events.onReceipt(receipt);
    }
  });
  socket.ev.on("messages.update", (updates) => {
    for (const receipt of updates.map(receiptOf)) if (receipt) events.onReceipt(receipt);
  });
  socket.ev.on("messaging-history.set", ({ chats, lidPnMappings }) => {
    events.onHistory(chats.map(pastChatOf).filter((chat) => chat !== null));
    for (const mapping of lidPnMappings ?? []) noteMapping(events, mapping);
  });
  socket.ev.on("lid-mapping.update", (mapping) => noteMapping(events, mapping));
}

function noteMapping(events: SocketEvents, mapping: { pn: string; lid: string }): void {
  const pn = parseJid(mapping.pn);
  const lid = parseJid(mapping.lid);
  if (pn?.kind === "phone-number" && lid?.kind === "lid") events.onIdentity({ phoneNumber: pn.user, lid: lid.user });
}

/**
 * Sends the same stanza as Baileys' `rejectCall` (src/Socket/messages-recv.ts), but reads the answer: that method
 * resolves for an acknowledgement with an error, and also when none came.
 */
function rejectCall(socket: WASocket, callId: string, callFrom: string, timeoutMs: number): Promise<QueryAnswer> {
  const from = socket.authState.creds.me?.id ?? "";
  const content = [{ tag: "reject", attrs: { "call-id": callId, "call-creator": callFrom, count: "0" } }];
  return ask(socket, { tag: "call", attrs: { from, to: callFrom }, content }, timeoutMs);
}

/**
 * Sends the same query as Baileys' `logout` (src/Socket/socket.ts), but waits for the answer: that method closes the
 * connection at once, and a device that was not unlinked stays with the phone although its session is forgotten.
 */
function unlinkDevice(socket: WASocket, timeoutMs: number): Promise<QueryAnswer> {
  const jid = socket.authState.creds.me?.id ?? "";
  const content = [{ tag: "remove-companion-device", attrs: { jid, reason: "user_initiated" } }];
  return ask(socket, { tag: "iq", attrs: { to: S_WHATSAPP_NET, type: "set", xmlns: "md" }, content }, timeoutMs);
}

async function ask(socket: WASocket, question: BinaryNode, timeoutMs: number): Promise<QueryAnswer> {
  try {
    const answer: unknown = await socket.query(question, timeoutMs);
    if (!isNode(answer)) return "silent";
    return answer.attrs.error === undefined ? "acknowledged" : "refused";
  } catch (err) {
    return statusCodeOf(err) === 408 ? "silent" : "refused";
  }
}

function accountOf(socket: WASocket): BotAccount {
  const me = socket.authState.creds.me;
  return {
    phoneNumber: me ? (parseJid(me.id)?.user ?? null) : null,
    lid: me?.lid ? (parseJid(me.lid)?.user ?? null) : null,
    pushName: me?.name ?? null,
  };
}

const isNode = (value: unknown): value is BinaryNode => typeof value === "object" && value !== null && "attrs" in value;

/** A refused certificate is told from other ends by its words alone (src/Utils/noise-handler.ts, processHandshake). */
function closeCodeOf(err: unknown): number | null {
  return err instanceof Error && /certificat/.test(err.message) ? UNTRUSTED_SERVER : statusCodeOf(err);
}

/** The status code of a Boom without importing Boom; null for any other error. */
function statusCodeOf(err: unknown): number | null {
  if (!(err instanceof Error) || !("output" in err)) return null;
  const output = err.output as { statusCode?: unknown } | null;
  return typeof output?.statusCode === "number" ? output.statusCode : null;
}
