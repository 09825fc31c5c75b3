import type { BinaryNode, WASocket } from "@whiskeysockets/baileys";

/**
 * Knows which received message a socket is working on, so that it is never ended in the middle of one. A message that was
 * decrypted and stored, but whose receipt did not go out, is delivered to the next connection. Also tells which messages
 * were answered: the keys of the others have to stay, since such a message is decrypted a second time.
 */
export class MessagesInHand {
  readonly #socket: WASocket;
  /** Ids of messages by the ciphertext that stands in their stanza. */
  readonly #ids = new WeakMap<object, string>();
  /** From its first decryption to its receipt; null between two. Baileys takes messages one by one (`messageMutex`). */
  #current: string | null = null;
  #onGap: (() => void) | null = null;
  #onAnswered: (ciphertext: Uint8Array) => void = () => undefined;
  /** What was decrypted of messages that were not answered yet, by their ids. */
  readonly #decrypted = new Map<string, Uint8Array[]>();
  readonly #refused = Promise.withResolvers<never>();

  /** Call in the tick of makeWASocket. */
  constructor(socket: WASocket) {
    this.#socket = socket;
    this.#refused.promise.catch(() => undefined);
    const { ws, ev, signalRepository: repository } = socket;
    ws.prependListener("CB:message", (node: BinaryNode) => this.#register(node));
    const { decryptMessage, decryptGroupMessage } = repository;
    repository.decryptMessage = (input) => this.#take(input.ciphertext, () => decryptMessage(input));
    repository.decryptGroupMessage = (input) => this.#take(input.msg, () => decryptGroupMessage(input));
    const emit = ev.emit.bind(ev);
    // Listeners hear of events later, when those are buffered; the call itself comes when the receipt is out.
    ev.emit = (event, data) => {
      if (event === "messages.upsert" && typeof data === "object" && "messages" in data)
        for (const { key } of data.messages) this.#answered(key.id ?? "");
      return emit(event, data);
    };
  }

  /** The listener is called when a message's receipt is out and Baileys hands it to the program. One listener. */
  onAnswered(listener: (ciphertext: Uint8Array) => void): void {
    this.#onAnswered = listener;
  }

  /**
   * Hears nothing more of the server and ends the socket when the message in hand is done with, at the latest after
   * `limitMs`. Messages that were heard and not begun are left to the next connection.
   */
  async end(limitMs: number): Promise<void> {
    this.#socket.ws.removeAllListeners("message");
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onGap = () => resolve(this.#end());
    const timer = setTimeout(this.#onGap, limitMs);
    if (this.#current === null) this.#onGap();
    await promise.finally(() => clearTimeout(timer));
  }

  #end(): Promise<void> {
    const ended = this.#socket.end(undefined);
    this.#refused.reject(new Error("the connection was closed before this message was begun"));
    return ended;
  }

  #register({ attrs, content }: BinaryNode): void {
    if (!Array.isArray(content)) return;
    for (const child of content) if (child.content instanceof Uint8Array) this.#ids.set(child.content, attrs.id ?? "");
  }

  async #take<T>(ciphertext: Uint8Array, decrypt: () => Promise<T>): Promise<T> {
    const id = this.#ids.get(ciphertext) ?? "";
    if (this.#onGap !== null && id !== this.#current) {
      // That the next one comes means that the one before was done with. It fails only once nothing can be sent any more:
      // the server would take a refusal for an answer.
      this.#onGap();
      return this.#refused.promise;
    }
    this.#current = id;
    try {
      const text = await decrypt();
      this.#decrypted.set(id, [...(this.#decrypted.get(id) ?? []), ciphertext]);
      return text;
    } catch (err) {
      this.#finish(id);
      throw err;
    }
  }

  #answered(id: string): void {
    for (const ciphertext of this.#decrypted.get(id) ?? []) this.#onAnswered(ciphertext);
    this.#decrypted.delete(id);
    this.#finish(id);
  }

  #finish(id: string): void {
    if (id !== this.#current) return;
    this.#current = null;
    this.#onGap?.();
  }
}
