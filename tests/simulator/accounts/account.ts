import type { PreKeyBundle } from "../signal/signal-device.ts";
import { formatJid, LID_SERVER, PN_SERVER } from "../wire/jid.ts";
import { AppStateCollections } from "./app-state.ts";

/** A device of an account: simulated in this process, or linked by a real client. */
export interface AccountDevice {
  readonly account: Account;
  /** 0 is the phone itself. */
  readonly id: number;
  /** Index in the account's signed key list; null for the phone. */
  readonly keyIndex: number | null;
  /** Takes one one-time pre-key out of the stock, as every fetch of a bundle does. */
  takeBundle(): PreKeyBundle;
  /** The ADV identity with both signatures; null for the phone, which has none. */
  signedIdentity(): Buffer | null;
}

/** Who has the account: a number, a LID or both, and the devices. */
export class Account {
  /** Digits only; null for somebody known only by a LID. */
  readonly phoneNumber: string | null;
  /** The user part; null for somebody without a LID. */
  readonly lidUser: string | null;
  name: string;
  readonly devices = new Map<number, AccountDevice>();
  /** Accounts that this one has blocked on the server. */
  readonly blocked = new Set<Account>();
  readonly appState = new AppStateCollections();
  /** Whether the server tells this account's LID to those who ask by number. */
  isLidTold = true;
  readonly privacy = new Map<string, string>([
    ["last", "all"],
    ["online", "all"],
    ["profile", "all"],
    ["status", "all"],
    ["readreceipts", "all"],
    ["groupadd", "all"],
    ["calladd", "all"],
    ["messages", "all"],
  ]);
  #nextDeviceId = 1;
  #nextKeyIndex = 1;

  constructor(identity: { phoneNumber: string | null; lidUser: string | null; name: string }) {
    this.phoneNumber = identity.phoneNumber;
    this.lidUser = identity.lidUser;
    this.name = identity.name;
  }

  /** Stable name over both address spaces. */
  get id(): string {
    return this.lidUser ?? this.phoneNumber ?? "";
  }

  /** Bare JID by phone number; null when there is none. */
  get pnJid(): string | null {
    return this.phoneNumber === null ? null : formatJid(this.phoneNumber, PN_SERVER);
  }

  /** Bare JID by LID; null when there is none. */
  get lidJid(): string | null {
    return this.lidUser === null ? null : formatJid(this.lidUser, LID_SERVER);
  }

  /** The address of a device in an address space; null when the account has none there. */
  deviceJid(server: string, device: number): string | null {
    const user = server === LID_SERVER ? this.lidUser : this.phoneNumber;
    return user === null ? null : formatJid(user, server, device);
  }

  /** Reserves the numbers of the next companion device. 99 is skipped: it means a hosted device. */
  reserveDevice(): { id: number; keyIndex: number } {
    const id = this.#nextDeviceId++;
    if (this.#nextDeviceId === 99) this.#nextDeviceId++;
    return { id, keyIndex: this.#nextKeyIndex++ };
  }

  /** Makes sure that later reservations come after a device restored from a saved state. */
  noteDevice(id: number, keyIndex: number): void {
    this.#nextDeviceId = Math.max(this.#nextDeviceId, id + 1);
    this.#nextKeyIndex = Math.max(this.#nextKeyIndex, keyIndex + 1);
  }
}

/** Name of a device over both address spaces; sessions are kept under it. */
export function peerName(device: AccountDevice): string {
  return `${device.account.id}.${device.id}`;
}
