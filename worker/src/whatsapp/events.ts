import type { ReplyStatus } from "@switchboard/core/domain/vocabulary";
import type { CallStanza } from "./raw-call.ts";

/** The account a bot is linked to, as far as the server has told. */
export interface BotAccount {
  readonly phoneNumber: string | null;
  readonly lid: string | null;
  readonly pushName: string | null;
}

/** A person with whom a message was exchanged. */
export interface MessageContact {
  readonly phoneNumber: string | null;
  readonly lid: string | null;
  readonly name: string | null;
  readonly atMs: number;
}

/** What became of a message that we sent; `code` is WhatsApp's error where it was refused. */
export interface SentStatus {
  readonly messageId: string;
  readonly status: Extract<ReplyStatus, "sent" | "delivered" | "read" | "failed">;
  readonly code: string | null;
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
  onContacts(contacts: readonly MessageContact[]): void;
  onIdentity(identity: { phoneNumber: string; lid: string }): void;
  onSentStatus(status: SentStatus): void;
  /** WhatsApp restricts messages to strangers until this instant. */
  onTimeLock(untilMs: number | null): void;
}
