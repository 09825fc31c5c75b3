import { Account } from "./accounts/account.ts";
import { SimulatedPerson } from "./accounts/simulated-person.ts";
import { SimulatedPhone } from "./accounts/simulated-phone.ts";
import { type Listener, listen } from "./connection/listener.ts";
import { Randomness } from "./crypto/randomness.ts";
import { FaultControls } from "./fault-controls.ts";
import type { UnknownStanza, Violation, ViolationCode } from "./judge.ts";
import { connectionEvents } from "./stanzas/dispatch.ts";
import type { Transcript } from "./transcript.ts";
import { CertificateAuthority } from "./wire/certificates.ts";
import { LID_SERVER } from "./wire/jid.ts";
import { World } from "./world.ts";

/** The human's own phone, with whose account a bot gets linked. */
export interface NewPhone {
  /** Digits, with the country code, without "+". */
  readonly phoneNumber: string;
  /** User part of the LID; made up when left out. */
  readonly lid?: string;
  readonly pushName?: string;
  /** People whose names and LIDs a new device learns from the history. */
  readonly contacts?: readonly SimulatedPerson[];
}

/** Somebody who calls and writes. Without number and LID both are made up; with a LID alone there is no number. */
export interface NewContact {
  readonly phoneNumber?: string;
  readonly lid?: string;
  readonly name?: string;
  /** How many devices, the phone included; 1 when left out. */
  readonly devices?: number;
  /** Whether the server tells the LID to those who ask by number; true when left out. */
  readonly isLidTold?: boolean;
}

/** A running server. Nothing in it outlives {@link stop}. */
export class Simulator {
  readonly faults: FaultControls;
  readonly world: World;
  readonly #listener: Listener;

  private constructor(world: World, listener: Listener) {
    this.world = world;
    this.#listener = listener;
    this.faults = new FaultControls(world);
  }

  /** Starts a server on 127.0.0.1. */
  static async start(options: { port?: number; randomSeed?: number } = {}): Promise<Simulator> {
    const randomness = new Randomness(options.randomSeed);
    const world = new World(randomness, new CertificateAuthority(randomness));
    return new Simulator(world, await listen(world, options.port ?? 0, connectionEvents(world)));
  }

  /** Where clients connect. */
  get url(): string {
    return `ws://127.0.0.1:${this.#listener.port}/ws/chat`;
  }

  /** Base64 of the 32-byte public key that signs this server's certificates. */
  get noiseRootKey(): string {
    return this.world.authority.root.publicKey.toString("base64");
  }

  get violations(): readonly Violation[] {
    return this.world.judge.violations;
  }

  get unknownStanzas(): readonly UnknownStanza[] {
    return this.world.judge.unknownStanzas;
  }

  get transcript(): Transcript {
    return this.world.transcript;
  }

  /** @throws with every violation and unknown stanza, when there is any */
  assertClean(): void {
    this.world.judge.assertClean();
  }

  /** Takes the violations of a rule off the list and returns them, for scenarios that provoke them. */
  forgive(code: ViolationCode): Violation[] {
    return this.world.judge.forgive(code);
  }

  /** Makes a phone. @throws when its number or LID is taken */
  createPhone(phone: NewPhone): SimulatedPhone {
    const account = new Account({
      phoneNumber: phone.phoneNumber,
      lidUser: phone.lid ?? this.world.newUser(LID_SERVER),
      name: phone.pushName ?? `Phone ${phone.phoneNumber}`,
    });
    const person = new SimulatedPhone(this.world, account, [...(phone.contacts ?? [])]);
    this.world.addPerson(person);
    return person;
  }

  /** Makes a contact. @throws when the number or LID is taken */
  createContact(contact: NewContact = {}): SimulatedPerson {
    const { phoneNumber, lid } = contact;
    const isNumberMadeUp = phoneNumber === undefined && lid === undefined;
    const account = new Account({
      phoneNumber: isNumberMadeUp ? this.world.newUser("s.whatsapp.net") : (phoneNumber ?? null),
      lidUser: lid ?? this.world.newUser(LID_SERVER),
      name: contact.name ?? "Contact",
    });
    account.isLidTold = contact.isLidTold ?? true;
    const person = new SimulatedPerson(this.world, account, contact.devices ?? 1);
    this.world.addPerson(person);
    return person;
  }

  /** Cuts every connection and stops listening. */
  async stop(): Promise<void> {
    for (const connection of this.world.connections) connection.terminate();
    await this.#listener.close();
  }
}
