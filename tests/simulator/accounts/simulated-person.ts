import type { CallAppearance, CallChild } from "../calls/call-stanzas.ts";
import { SimulatedCall } from "../calls/simulated-call.ts";
import { announceDevice } from "../messages/announce-device.ts";
import { sendFromPerson } from "../messages/send-from-person.ts";
import type { MessageBody } from "../signal/padding.ts";
import { DEFAULT_WAIT_MS } from "../transcript.ts";
import { formatJid, GROUP_SERVER, LID_SERVER, PN_SERVER } from "../wire/jid.ts";
import type { World } from "../world.ts";
import type { Account } from "./account.ts";
import type { LinkedDevice } from "./linked-device.ts";
import { SimulatedDevice } from "./simulated-device.ts";

/** A message a person's phone can show. */
export interface ReceivedText {
  readonly id: string;
  /** null when the message holds no text. */
  readonly text: string | null;
  /** JID of the sending linked device. */
  readonly sender: string;
  /** The chat as the sender addressed it; for a copy of what an own device sent, the chat it went to. */
  readonly chat: string;
  readonly receivedAtMs: number;
  readonly body: MessageBody;
}

/** How somebody is addressed in a call or message. */
export type AddressSpace = "pn" | "lid";

/** How a call is placed. Everything has a default: a voice call of two by number, announced by an offer. */
export interface PlaceCallOptions {
  readonly kind?: "voice" | "video" | undefined;
  /** The group of a group call: a group's number or JID. */
  readonly group?: string | undefined;
  readonly as?: AddressSpace | undefined;
  /** Whether a caller shown by LID also shows the number; true unless said otherwise. */
  readonly withCallerPn?: boolean | undefined;
  readonly first?: CallChild | undefined;
  /** Mark the announcement as late (`offline`) although the bot is online. */
  readonly offline?: boolean | undefined;
  readonly at?: Date | undefined;
  readonly callId?: string | undefined;
  readonly compressed?: boolean | undefined;
  /** Which of the caller's devices calls; 0, the phone, unless said otherwise. */
  readonly device?: number | undefined;
}

/** How a text is sent. */
export interface SendTextOptions {
  readonly as?: AddressSpace | undefined;
  /** Which of the sender's devices sends; 0 unless said otherwise. */
  readonly device?: number | undefined;
  /** Spoil the ciphertext, so that the receiver must ask for it again. */
  readonly corrupted?: boolean | undefined;
}

/** What arrived on one device of a person. */
export interface ArrivedMessage {
  readonly id: string;
  readonly sender: LinkedDevice;
  readonly device: SimulatedDevice;
  readonly body: MessageBody;
  readonly text: string | null;
  readonly chat: string;
}

/** Somebody with an account and simulated devices, who calls, writes and reads. */
export class SimulatedPerson {
  readonly account: Account;
  /** Messages that reached the person's phone, oldest first; on a phone with linked devices also what those sent. */
  readonly inbox: ReceivedText[] = [];
  /** Messages that reached companions only; the person does not see these on the phone. */
  readonly companionInbox: ReceivedText[] = [];
  protected readonly world: World;
  readonly #seen = new Set<string>();
  readonly #retries = new Map<string, number>();
  readonly #unreadable = new Map<number, number>();

  constructor(world: World, account: Account, deviceCount: number) {
    this.world = world;
    this.account = account;
    account.devices.set(0, new SimulatedDevice(account, { id: 0, keyIndex: null }, world.randomness));
    for (let count = 1; count < deviceCount; count++) this.addDevice();
  }

  /** Digits; null for somebody known by LID only. */
  get phoneNumber(): string | null {
    return this.account.phoneNumber;
  }

  /** Bare JID by number; by LID for somebody without a number. */
  get jid(): string {
    return this.account.pnJid ?? this.lid;
  }

  /** Bare JID by LID; empty for somebody without one. */
  get lid(): string {
    return this.account.lidJid ?? "";
  }

  /** Adds a companion device, tells the linked devices of `announcedTo` (nobody, if left out), returns its number. */
  addDevice(announcedTo: readonly SimulatedPerson[] = []): number {
    const numbers = this.account.reserveDevice();
    this.account.devices.set(numbers.id, new SimulatedDevice(this.account, numbers, this.world.randomness));
    announceDevice(this.world, { person: this.account, device: numbers, change: "add" }, announcedTo);
    return numbers.id;
  }

  /** Removes a companion device and tells the linked devices of `announcedTo`. */
  removeDevice(id: number, announcedTo: readonly SimulatedPerson[] = []): void {
    const { keyIndex } = this.device(id);
    this.account.devices.delete(id);
    announceDevice(this.world, { person: this.account, device: { id, keyIndex }, change: "remove" }, announcedTo);
  }

  /** One simulated device. @throws when there is none with this number */
  device(id = 0): SimulatedDevice {
    const device = this.account.devices.get(id);
    if (!(device instanceof SimulatedDevice)) throw new Error(`${this.jid} has no simulated device ${id}`);
    return device;
  }

  /** Calls somebody; it rings on all their linked devices. @throws when the address space does not fit */
  placeCall(to: SimulatedPerson, options: PlaceCallOptions = {}): SimulatedCall {
    const { world, account } = this;
    const appearance = this.#appearance(options);
    const isByLid = appearance.creator.endsWith(`@${LID_SERVER}`);
    const call = new SimulatedCall(world, to.account, appearance, {
      first: options.first ?? "offer",
      isCompressed: options.compressed ?? false,
      isMarkedOffline: options.offline ?? false,
      at: options.at ?? new Date(),
      notify: account.name,
      senderLid: isByLid || !account.isLidTold ? null : account.lidJid,
    });
    world.calls.set(call.id, call);
    if (!to.account.blocked.has(account)) call.ring();
    return call;
  }

  /** Writes to somebody's linked devices and returns the message's id. */
  async sendText(to: SimulatedPerson, text: string, options: SendTextOptions = {}): Promise<string> {
    const id = await this.sendMessage(to, { conversation: text }, options);
    this.world.transcript.add("text-sent", null, { person: this.account.id, to: to.account.id, id, text });
    return id;
  }

  /** Sends any message body to somebody's linked devices and returns the message's id. */
  sendMessage(to: SimulatedPerson, body: MessageBody, options: SendTextOptions = {}): Promise<string> {
    const isCorrupted = options.corrupted ?? false;
    const server = this.#server(options.as);
    return sendFromPerson(this.world, {
      sender: this.device(options.device),
      to: to.account,
      server,
      body,
      isCorrupted,
    });
  }

  /** Resolves with the first text on the phone that fits, past or future. @throws after `timeoutMs` without one */
  async waitForText(
    matches: (received: ReceivedText) => boolean = () => true,
    timeoutMs: number = DEFAULT_WAIT_MS,
  ): Promise<ReceivedText> {
    const find = () => this.inbox.find(matches);
    if (find() === undefined) {
      const isMine = (detail: Readonly<Record<string, unknown>>) => detail.person === this.account.id;
      await this.world.transcript.waitFor(
        ({ kind, detail }) => kind === "text-received" && isMine(detail) && find() !== undefined,
        timeoutMs,
      );
    }
    const found = find();
    if (found === undefined) throw new Error("the text is gone");
    return found;
  }

  /** Makes the next `count` messages on a device undecryptable: the device asks for them again. */
  failNextDecrypt(count = 1, device = 0): void {
    this.#unreadable.set(device, count);
  }

  /** Takes one such failure. Called when a message arrives. */
  takeUnreadable(device: SimulatedDevice): boolean {
    const left = this.#unreadable.get(device.id) ?? 0;
    if (left > 0) this.#unreadable.set(device.id, left - 1);
    return left > 0;
  }

  /** Counts the requests for one message and returns the new count. */
  countRetry(device: SimulatedDevice, messageId: string): number {
    const key = `${device.id}|${messageId}`;
    const count = (this.#retries.get(key) ?? 0) + 1;
    this.#retries.set(key, count);
    return count;
  }

  /** Shows a decrypted message; false when this device has shown it before. */
  takeMessage({ id, sender, device, body, text, chat }: ArrivedMessage): boolean {
    const key = `${device.id}|${id}`;
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    const received = { id, text, sender: sender.jid, chat, receivedAtMs: Date.now(), body };
    const isOnPhone = device.id === 0;
    (isOnPhone ? this.inbox : this.companionInbox).push(received);
    const kind = isOnPhone ? "text-received" : "companion-text-received";
    this.world.transcript.add(kind, sender.jid, { person: this.account.id, id, text });
    return isOnPhone;
  }

  /** A message between own devices. Only phones with linked devices get any. */
  takePeerMessage(_message: { id: string; from: string; body: MessageBody }): void {}

  #appearance(options: PlaceCallOptions): CallAppearance {
    const server = this.#server(options.as);
    const creator = this.account.deviceJid(server, options.device ?? 0);
    if (creator === null) throw new Error(`${this.jid} has no address @${server}`);
    const isNumberShown = server === LID_SERVER && (options.withCallerPn ?? true);
    const { group } = options;
    return {
      callId: options.callId ?? this.world.randomness.hex(16),
      creator,
      callerPn: isNumberShown ? this.account.pnJid : null,
      isVideo: options.kind === "video",
      groupJid: group === undefined ? null : group.includes("@") ? group : formatJid(group, GROUP_SERVER),
    };
  }

  #server(as: AddressSpace | undefined): string {
    if (as !== undefined) return as === "lid" ? LID_SERVER : PN_SERVER;
    return this.account.phoneNumber === null ? LID_SERVER : PN_SERVER;
  }
}
