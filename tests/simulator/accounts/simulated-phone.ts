import { askForPasskey } from "../connection/ask-for-passkey.ts";
import type { Connection } from "../connection/connection.ts";
import { linkDevice } from "../connection/link-device.ts";
import { exchangeSecret, findWaitingCompanion } from "../connection/pairing-code.ts";
import { findScannedCompanion } from "../connection/qr-code.ts";
import { removeDevice } from "../connection/remove-device.ts";
import type { MessageBody } from "../signal/padding.ts";
import { DEFAULT_WAIT_MS } from "../transcript.ts";
import { stanza } from "../wire/binary-node.ts";
import type { World } from "../world.ts";
import type { Account } from "./account.ts";
import { LinkedDevice } from "./linked-device.ts";
import { SimulatedPerson } from "./simulated-person.ts";

/** Why a phone does not link although the code is right. */
export type LinkRefusal = "refused" | "passkey-required";

/** A message a linked device sent to the own phone, such as a request for history. */
export interface PeerMessage {
  readonly id: string;
  readonly from: string;
  readonly body: MessageBody;
}

/** The key under which an account's app state is encrypted, and its id. */
export interface AppStateKey {
  readonly keyId: Buffer;
  readonly keyData: Buffer;
}

/** The phone of the human whose account a bot is linked to. */
export class SimulatedPhone extends SimulatedPerson {
  /** People in the phone's history, which a new device learns from. */
  readonly contacts: SimulatedPerson[];
  readonly peerMessages: PeerMessage[] = [];
  readonly appStateKey: AppStateKey;
  /** Set it to make the phone refuse to link; null links. */
  linkRefusal: LinkRefusal | null = null;
  /** Whether a new device gets keys and history. Without them a client waits 20 s before it shows messages. */
  isHistoryShared = true;
  /** Set for a business account; null for a private one. */
  businessName: string | null = null;

  constructor(world: World, account: Account, contacts: SimulatedPerson[], appStateKey?: AppStateKey) {
    super(world, account, 1);
    this.contacts = contacts;
    this.appStateKey = appStateKey ?? {
      keyId: Buffer.concat([Buffer.from([0, 0]), world.randomness.bytes(4)]),
      keyData: world.randomness.bytes(32),
    };
  }

  /** The linked devices, online or not. */
  get devices(): LinkedDevice[] {
    return [...this.account.devices.values()].filter((device) => device instanceof LinkedDevice);
  }

  /**
   * Scans a QR code; resolves when the companion is linked (it connects again after that).
   * @throws when nobody shows the code, the phone refuses, or the companion answers wrongly
   */
  async scanQr(qr: string): Promise<LinkedDevice> {
    const companion = findScannedCompanion(this.world, qr);
    this.#assertWilling(companion.connection);
    return linkDevice(this.world, { ...companion, ...this.#linkParty() });
  }

  /**
   * Types a pairing code; resolves when the companion is linked (it connects again after that).
   * @throws when nobody asked for a code of this number, the code is wrong, or the phone refuses
   */
  async typePairingCode(code: string): Promise<LinkedDevice> {
    const companion = findWaitingCompanion(this.world, this.account.phoneNumber ?? "");
    this.#assertWilling(companion.connection);
    const advSecret = await exchangeSecret(this.world, companion, this.device().signal.identity, code);
    return linkDevice(this.world, { ...companion, ...this.#linkParty(), advSecret });
  }

  /** Removes a linked device, as "log out" on the phone does: it is told and can never log in again. */
  unlink(device: LinkedDevice): void {
    const conflict = stanza("conflict", { type: "device_removed" });
    removeDevice(device);
    for (const connection of this.world.connections) {
      if (connection.device !== device) continue;
      connection.send(stanza("stream:error", { code: "401" }, [conflict]));
      connection.close();
    }
    this.world.transcript.add("unlinked", device.jid);
  }

  /** Resolves when a linked device is online (any, or the given one). @throws after `timeoutMs` */
  async waitOnline(device?: LinkedDevice, timeoutMs: number = DEFAULT_WAIT_MS): Promise<LinkedDevice> {
    const find = () => this.devices.find((candidate) => candidate.isOnline && (!device || candidate === device));
    if (find() === undefined) {
      const isOnline = ({ kind }: { kind: string }) => kind === "online" && find() !== undefined;
      await this.world.transcript.waitFor(isOnline, timeoutMs, this.world.transcript.position);
    }
    const online = find();
    if (online === undefined) throw new Error("the device went offline again");
    return online;
  }

  /** Resolves when a linked device has acknowledged everything that was sent to it. @throws after `timeoutMs` */
  async waitDelivered(device: LinkedDevice, timeoutMs: number = DEFAULT_WAIT_MS): Promise<void> {
    const isDone = () => device.outbox.waiting.length === 0;
    if (isDone()) return;
    const { transcript } = this.world;
    const isAnswer = (kind: string) => kind === "acked" || kind === "receipt";
    await transcript.waitFor(({ kind }) => isAnswer(kind) && isDone(), timeoutMs, transcript.position);
  }

  override takePeerMessage(message: PeerMessage): void {
    this.peerMessages.push(message);
    this.world.transcript.add("peer-message", message.from, { id: message.id });
  }

  #assertWilling(connection: Connection): void {
    if (this.linkRefusal === "passkey-required") askForPasskey(this.world, connection);
    if (this.linkRefusal !== null) throw new Error(`the phone does not link: ${this.linkRefusal}`);
  }

  #linkParty() {
    return { account: this.account, phone: this.device(), businessName: this.businessName };
  }
}
