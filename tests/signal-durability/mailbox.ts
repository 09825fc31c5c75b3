import type { IncomingStanza } from "./socket-model.ts";

/** A stanza for the bot; WhatsApp delivers it again until it is acknowledged. */
export interface Mail {
  readonly stanza: IncomingStanza;
  /** Whether the running process life was given it. */
  isDelivered: boolean;
  /** Whether a part of it was decrypted in the running life. */
  isDecrypted: boolean;
  /** Whether an earlier life may have decrypted it durably: then no later life can. */
  mayBeSpent: boolean;
}

/** The stanzas that the bot has not acknowledged, oldest first. */
export class Mailbox {
  readonly #mails = new Set<Mail>();

  get size(): number {
    return this.#mails.size;
  }

  add(stanza: IncomingStanza): Mail {
    const mail = { stanza, isDelivered: false, isDecrypted: false, mayBeSpent: false };
    this.#mails.add(mail);
    return mail;
  }

  acknowledge(mail: Mail): void {
    this.#mails.delete(mail);
  }

  undelivered(): Mail[] {
    return [...this.#mails].filter((mail) => !mail.isDelivered);
  }

  /** The life is over; what it was given comes again. */
  returnAll(hasUnacknowledgedCommit: boolean): void {
    for (const mail of this.#mails) {
      mail.mayBeSpent ||= mail.isDecrypted || (mail.isDelivered && hasUnacknowledgedCommit);
      mail.isDelivered = false;
      mail.isDecrypted = false;
    }
  }
}
