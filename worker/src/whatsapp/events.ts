import type { ReplyStatus } from "@switchboard/core/domain/vocabulary";
import type { CallStanza } from "./raw-call.ts";

/** The account a bot is linked to, as far as the server has told. */
export interface BotAccount {
  readonly phoneNumber: string | null;
  readonly lid: string | null;
  readonly pushName: string | null;
}

/** A person as a chat names them: digits, at least one of the two. */
export interface ChatPerson {
  readonly phoneNumber: string | null;
  readonly lid: string | null;
  readonly name: string | null;
}

/** A message exchanged with one person. */
export interface ChatMessage extends ChatPerson {
  readonly direction: "in" | "out";
  readonly messageId: string;
  readonly atMs: number;
}

/** A chat with one person out of the history. */
export interface PastChat extends ChatPerson {
  readonly firstMessageAtMs: number;
}

/** A receipt of a message that we sent. */
export interface SentReceipt {
  readonly messageId: string;
  readonly status: Extract<ReplyStatus, "delivered" | "read">;
}

/** What a connection tells its bot. Nobody may throw in here: these are called from Baileys' emitters. */
export interface SocketEvents {
  /** A QR text that can be scanned until the next one comes. */
  onQr(qr: string): void;
  /** The phone accepted the link; the server now closes the connection and expects a new one. */
  onPaired(): void;
  /** The account wants a passkey on linking, which only WhatsApp's own clients can answer: linking cannot succeed. */
  onPasskeyRequired(): void;
  onOpen(account: BotAccount): void;
  /** Last event of a connection. `statusCode` null: it ended without one. */
  onClose(statusCode: number | null): void;
  onCall(stanza: CallStanza): void;
  onMessage(message: ChatMessage): void;
  onHistory(chats: readonly PastChat[]): void;
  onIdentity(identity: { phoneNumber: string; lid: string }): void;
  onReceipt(receipt: SentReceipt): void;
  /** WhatsApp has begun to restrict messages to strangers. */
  onTimeLock(): void;
}
