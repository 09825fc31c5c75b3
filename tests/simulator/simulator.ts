import { Account } from "./accounts/account.ts";
import { SimulatedPerson } from "./accounts/simulated-person.ts";
import { SimulatedPhone } from "./accounts/simulated-phone.ts";
import { type Listener, listen } from "./connection/listener.ts";
import { serveControl } from "./control/control-server.ts";
import { Randomness } from "./crypto/randomness.ts";
import { FaultControls } from "./fault-controls.ts";
import { Habits } from "./habits/habits.ts";
import type { UnknownStanza, Violation, ViolationCode } from "./judge.ts";
import { connectionEvents } from "./stanzas/dispatch.ts";
import { loadWorld, storeWorld } from "./state/state-file.ts";
import type { Transcript } from "./transcript.ts";
import { LID_SERVER } from "./wire/jid.ts";
import type { World } from "./world.ts";

/** How a simulator is started; everything has a default. */
export interface SimulatorOptions {
  /** Port of the chat server; 0 (the default) takes a free one. */
  readonly port?: number;
  /** Port of the HTTP control interface: 0 takes a free one, null (the default) opens none. */
  readonly controlPort?: number | null;
  /** Where the dashboard of the bots is, for a link on the control page; none when left out. */
  readonly dashboardUrl?: string | undefined;
  /** Makes ids, numbers and keys repeatable; random when left out. */
  readonly randomSeed?: number;
  /** File that keeps people, devices and keys over restarts; nothing is kept when left out. */
  readonly stateFile?: string;
  /** Adds phones to link, and people who call and write by themselves once `habits.resume` is called; false when left out. */
  readonly hasHabits?: boolean;
}

/** The human's own phone, with whose account a bot gets linked. */
export interface NewPhone {
  /** Digits, with the country code, without "+". */
  readonly phoneNumber: string;
  /** User part of the LID; made up when left out. */
  readonly lid?: string | undefined;
  readonly pushName?: string | undefined;
  /** People whose names and LIDs a new device learns from the history. */
  readonly contacts?: readonly SimulatedPerson[] | undefined;
}

/** Somebody who calls and writes. Without number and LID both are made up; with a LID alone there is no number. */
export interface NewContact {
  readonly phoneNumber?: string | undefined;
  readonly lid?: string | undefined;
  readonly name?: string | undefined;
  /** How many devices, the phone included; 1 when left out. */
  readonly devices?: number | undefined;
  /** Whether the server tells the LID to those who ask by number; true when left out. */
  readonly isLidTold?: boolean | undefined;
}

/** A running server. Nothing in it outlives {@link stop}. */
export class Simulator {
  readonly faults: FaultControls;
  readonly world: World;
  /** People who call and write by themselves; null unless asked for. */
  readonly habits: Habits | null;
  readonly #listener: Listener;
  readonly #stateFile: string | null;
  #control: Listener | null = null;

  private constructor(world: World, listener: Listener, options: SimulatorOptions) {
    this.world = world;
    this.#listener = listener;
    this.#stateFile = options.stateFile ?? null;
    this.faults = new FaultControls(world);
    this.habits = options.hasHabits === true ? new Habits(this) : null;
  }

  /** Starts a server on 127.0.0.1. @throws when a port is taken or the state file is unreadable */
  static async start(options: SimulatorOptions = {}): Promise<Simulator> {
    const { port = 0, controlPort = null, stateFile = null } = options;
    const world = await loadWorld(stateFile, new Randomness(options.randomSeed));
    const simulator = new Simulator(world, await listen(world, port, connectionEvents(world)), options);
    const dashboardUrl = options.dashboardUrl ?? null;
    if (controlPort !== null) {
      simulator.#control = await serveControl(simulator, { port: controlPort, dashboardUrl });
    }
    return simulator;
  }

  /** Where the control port is; null when there is none. */
  get controlUrl(): string | null {
    return this.#control === null ? null : `http://127.0.0.1:${this.#control.port}`;
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

  /** How many ciphertexts of clients were checked for re-used message keys. */
  get ciphertextCount(): number {
    return this.world.ledger.ciphertextCount;
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

  /** Writes the state file, when there is one. */
  async save(): Promise<void> {
    if (this.#stateFile !== null) await storeWorld(this.world, this.#stateFile);
  }

  /** Cuts every connection, stops listening and writes the state file. */
  async stop(): Promise<void> {
    this.habits?.stop();
    for (const connection of this.world.connections) connection.terminate();
    await Promise.all([this.#listener.close(), this.#control?.close()]);
    await this.save();
  }
}
