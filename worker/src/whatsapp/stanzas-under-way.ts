import type { BinaryNode, WASocket } from "@whiskeysockets/baileys";
import { within } from "../within.ts";

/** The stanzas that the server delivers again until it hears of them, as Baileys names their events. */
const DELIVERED = ["CB:message", "CB:call", "CB:receipt", "CB:notification"];

/**
 * Knows which delivered stanzas a socket is working on. A message that was decrypted and stored but whose receipt did not
 * go out is delivered to the next holder, who cannot decrypt it a second time and has to ask for it again.
 */
export class StanzasUnderWay {
  readonly #socket: WASocket;
  readonly #work = new Set<Promise<unknown>>();
  /** Messages of the offline queue, which Baileys works through behind its listeners' backs, by id. */
  readonly #queued = new Map<string, PromiseWithResolvers<void>>();

  /** Call in the tick of makeWASocket. */
  constructor(socket: WASocket) {
    this.#socket = socket;
    for (const event of DELIVERED) this.#watch(event);
    const { ev } = socket;
    const emit = ev.emit.bind(ev);
    // Events are buffered while the offline queue is worked through; the call itself comes when a message is done with.
    ev.emit = (event, data) => {
      if (event === "messages.upsert" && typeof data === "object" && "messages" in data)
        for (const { key } of data.messages) this.#settle(key.id);
      return emit(event, data);
    };
  }

  /**
   * Hears nothing more of the server, and resolves when what was heard is done with and answered, or after `limitMs`. What
   * comes meanwhile stays with the server. End the socket next.
   */
  async finish(limitMs: number): Promise<void> {
    this.#socket.ws.removeAllListeners("message");
    const queued = Array.from(this.#queued.values(), ({ promise }) => promise);
    await within(limitMs, Promise.all([...this.#work, ...queued])).catch(() => undefined);
  }

  #watch(event: string): void {
    const { ws } = this.#socket;
    const listeners = ws.listeners(event);
    ws.removeAllListeners(event);
    for (const listener of listeners) ws.on(event, (node: BinaryNode) => this.#track(node, listener(node)));
  }

  #track(node: BinaryNode, work: unknown): void {
    const { id, offline } = node.attrs;
    if (node.tag === "message" && offline !== undefined && id !== undefined && !this.#queued.has(id))
      this.#queued.set(id, Promise.withResolvers());
    const tracked = Promise.resolve(work).finally(() => this.#work.delete(tracked));
    this.#work.add(tracked);
  }

  #settle(id: string | null | undefined): void {
    if (!id) return;
    this.#queued.get(id)?.resolve();
    this.#queued.delete(id);
  }
}
