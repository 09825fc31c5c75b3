import { type Stanza, withAttributes } from "../wire/binary-node.ts";

/** How a stanza goes out. */
export interface DeliveryOptions {
  /** Deflate the frame. */
  readonly isCompressed?: boolean;
  /** Mark it as late (`offline`) although the device is online. */
  readonly isMarkedOffline?: boolean;
}

/** What an acknowledgement of a client names. */
export interface Settlement {
  readonly tag: string;
  readonly id: string;
  readonly type: string | undefined;
  /** Where the acknowledgement goes; undefined when it names nobody. */
  readonly to: string | undefined;
}

interface Entry {
  readonly stanza: Stanza;
  readonly options: DeliveryOptions;
  unansweredCount: number;
}

type Send = (stanza: Stanza, isCompressed: boolean) => void;

/**
 * What the server still owes one linked device: stanzas it was never sent, and stanzas it never acknowledged.
 * Both are delivered again, marked `offline`, after the next login.
 */
export class Outbox {
  readonly #entries: Entry[] = [];
  readonly #messageIds = new Set<string>();
  #send: Send | null = null;

  /** Stanzas that are waiting, oldest first. */
  get waiting(): readonly Stanza[] {
    return this.#entries.map((entry) => entry.stanza);
  }

  /** Queues a stanza and sends it at once when the device is online. */
  add(stanza: Stanza, options: DeliveryOptions = {}): void {
    const entry = { stanza, options, unansweredCount: 0 };
    this.#entries.push(entry);
    if (this.#send !== null) this.#deliver(entry, this.#send);
  }

  /** Sends a stanza that is or was in the outbox once more, as the real server does when it saw no acknowledgement. */
  repeat(stanza: Stanza, options: DeliveryOptions = {}): void {
    const known = this.#entries.find((entry) => entry.stanza.attrs.id === stanza.attrs.id);
    if (known === undefined || this.#send === null) this.add(stanza, options);
    else this.#deliver({ ...known, options }, this.#send, known);
  }

  /** The device is online: sends everything that waits, marked `offline`. Returns how many stanzas that were. */
  open(send: Send): number {
    this.#send = send;
    this.#entries.forEach((entry, index) => {
      entry.unansweredCount = 1;
      this.#noteMessage(entry.stanza);
      send(withAttributes(entry.stanza, { offline: String(index) }), entry.options.isCompressed ?? false);
    });
    return this.#entries.length;
  }

  /** The device is offline: from now on stanzas wait. */
  close(): void {
    this.#send = null;
  }

  /** Settles an acknowledgement with an outstanding stanza. */
  settle(answer: Settlement): "settled" | "unmatched" | "wrong-address" {
    const candidates = this.#entries.filter((entry) => isAnswered(entry, answer));
    const match = candidates.find((entry) => answer.to === undefined || entry.stanza.attrs.from === answer.to);
    const settled = match ?? candidates[0];
    if (settled === undefined) return "unmatched";
    settled.unansweredCount--;
    if (settled.unansweredCount === 0) this.#remove(settled);
    return match === undefined ? "wrong-address" : "settled";
  }

  /** Whether a message with this id was ever sent to the device. */
  hasSentMessage(id: string): boolean {
    return this.#messageIds.has(id);
  }

  #deliver(entry: Entry, send: Send, counted: Entry = entry): void {
    counted.unansweredCount++;
    this.#noteMessage(entry.stanza);
    const { isMarkedOffline, isCompressed } = entry.options;
    send(isMarkedOffline ? withAttributes(entry.stanza, { offline: "0" }) : entry.stanza, isCompressed ?? false);
  }

  #noteMessage(stanza: Stanza): void {
    if (stanza.tag === "message" && stanza.attrs.id !== undefined) this.#messageIds.add(stanza.attrs.id);
  }

  #remove(entry: Entry): void {
    const index = this.#entries.indexOf(entry);
    if (index >= 0) this.#entries.splice(index, 1);
  }
}

function isAnswered({ stanza, unansweredCount }: Entry, { tag, id, type }: Settlement): boolean {
  if (unansweredCount === 0 || stanza.tag !== tag || stanza.attrs.id !== id) return false;
  // Delivery and read receipts of one message share its id and differ by type only.
  return tag !== "receipt" || stanza.attrs.type === type;
}
