import type { proto } from "@whiskeysockets/baileys";

/** Messages that are kept to be sent again when a contact could not decrypt one. */
const KEPT_MAX = 256;

/** The last texts we sent, by id, for Baileys' `getMessage`. */
export class RecentMessages {
  readonly #messages = new Map<string, proto.IMessage>();

  add(id: string, message: proto.IMessage): void {
    this.#messages.set(id, message);
    const [oldest] = this.#messages.keys();
    if (this.#messages.size > KEPT_MAX && oldest !== undefined) this.#messages.delete(oldest);
  }

  get(id: string | null | undefined): proto.IMessage | undefined {
    return id ? this.#messages.get(id) : undefined;
  }
}
