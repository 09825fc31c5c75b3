import type { AccountStatement } from "../identity/adv-identity.ts";
import { encodeSignedIdentity } from "../identity/adv-identity.ts";
import type { PreKeyBundle } from "../signal/signal-device.ts";
import type { Stanza } from "../wire/binary-node.ts";
import { LID_SERVER, PN_SERVER } from "../wire/jid.ts";
import type { Account, AccountDevice } from "./account.ts";
import { type DeliveryOptions, Outbox } from "./outbox.ts";

/** A public pre-key that a client uploaded; the key has 32 bytes. */
export interface UploadedPreKey {
  readonly id: number;
  readonly publicKey: Buffer;
}

/** A signed pre-key that a client uploaded. */
export interface UploadedSignedPreKey extends UploadedPreKey {
  readonly signature: Buffer;
}

/** What a companion showed of itself when it registered. */
export interface CompanionKeys {
  readonly noiseKey: Buffer;
  readonly identityKey: Buffer;
  readonly registrationId: number;
  readonly signedPreKey: UploadedSignedPreKey;
}

/** The connection a linked device is logged in on. */
export interface DeviceConnection {
  send(stanza: Stanza, isCompressed?: boolean): void;
}

/** A companion device that a real client linked: the bot, seen from the server. */
export class LinkedDevice implements AccountDevice {
  readonly account: Account;
  readonly id: number;
  readonly keyIndex: number;
  readonly noiseKey: Buffer;
  readonly identityKey: Buffer;
  readonly registrationId: number;
  readonly outbox = new Outbox();
  readonly preKeys = new Map<number, Buffer>();
  /** Every pre-key id ever uploaded, with its key, so that a second use of an id is seen. */
  readonly knownPreKeys = new Map<number, string>();
  readonly statement: AccountStatement;
  readonly deviceSignature: Buffer;
  signedPreKey: UploadedSignedPreKey;
  /** null while the device is offline. */
  connection: DeviceConnection | null = null;
  /** Whether the phone has sent keys and history, as it does once after linking. */
  isHistorySent = false;
  isRemoved = false;

  constructor(
    account: Account,
    numbers: { id: number; keyIndex: number },
    keys: CompanionKeys,
    identity: { statement: AccountStatement; deviceSignature: Buffer },
  ) {
    this.account = account;
    this.id = numbers.id;
    this.keyIndex = numbers.keyIndex;
    this.noiseKey = keys.noiseKey;
    this.identityKey = keys.identityKey;
    this.registrationId = keys.registrationId;
    this.signedPreKey = keys.signedPreKey;
    this.statement = identity.statement;
    this.deviceSignature = identity.deviceSignature;
  }

  /** JID by phone number, with the device part. */
  get jid(): string {
    return this.account.deviceJid(PN_SERVER, this.id) ?? "";
  }

  /** JID by LID, with the device part. */
  get lid(): string {
    return this.account.deviceJid(LID_SERVER, this.id) ?? "";
  }

  get isOnline(): boolean {
    return this.connection !== null;
  }

  /** Queues a stanza for the device; it goes out at once when the device is online. */
  deliver(stanza: Stanza, options?: DeliveryOptions): void {
    if (!this.isRemoved) this.outbox.add(stanza, options);
  }

  takeBundle(): PreKeyBundle {
    const next = this.preKeys.entries().next();
    const preKey = next.done ? null : { id: next.value[0], publicKey: next.value[1] };
    if (preKey !== null) this.preKeys.delete(preKey.id);
    return {
      registrationId: this.registrationId,
      identityKey: this.identityKey,
      signedPreKey: this.signedPreKey,
      preKey,
    };
  }

  signedIdentity(): Buffer {
    return encodeSignedIdentity(this.statement, this.deviceSignature);
  }
}
