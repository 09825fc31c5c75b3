import { type AuthenticationCreds, initAuthCreds } from "@whiskeysockets/baileys";
import type { OpenClient, OpenedClient } from "./clients.ts";
import { type Bundle, Contact, publicBundle } from "./contact.ts";
import { type CommitFault, Disk, type DiskLife } from "./disk.ts";
import { type Mail, Mailbox } from "./mailbox.ts";
import type { Medium } from "./medium.ts";
import { connect } from "./network.ts";
import type { Random } from "./random.ts";
import type { Enc } from "./ratchet-steps.ts";
import { SocketModel } from "./socket-model.ts";
import { Turns } from "./turns.ts";
import { Wire } from "./wire.ts";

const PRE_KEYS_AT_LINKING = 20;

/** One life of the bot's process: from opening its state to its kill. */
interface Life {
  readonly disk: DiskLife;
  readonly socket: SocketModel;
  readonly client: OpenedClient;
  /**
   * One sender's stanzas are handled one after the other, as those of Baileys' offline queue are. Its live path may let a
   * later one overtake while a session is migrated, and a group message that overtakes makes the earlier unreadable.
   */
  turnsOf(sender: string): Turns;
  /** Settles as the process ends: nothing waits for what a dead process still had to do. */
  readonly end: PromiseWithResolvers<void>;
  isOver: boolean;
}

export interface WorldOptions {
  /** Also makes the addresses, which must differ between worlds of one process. */
  readonly seed: number;
  readonly random: Random;
  /** What its store and its network are made of. */
  readonly medium: Medium;
  readonly openClient: OpenClient;
  readonly contacts: number;
  /** Chance that a stanza's sending kills the process, half before and half after it left. */
  readonly killsPerSend: number;
}

/** A bot, its contacts and WhatsApp between them, in one process. */
export class World {
  readonly disk = new Disk();
  readonly wire = new Wire(this.disk);
  readonly mailbox = new Mailbox();
  readonly contacts: readonly Contact[];
  /** The owner's phone: a recipient of everything the bot sends. */
  readonly phone: Contact;
  readonly botLid: string;
  /** What the bot could not decrypt although no earlier life can have decrypted it. */
  readonly botFailures: string[] = [];
  /** Operations that failed in a life that was not killed. */
  readonly unexpected: string[] = [];
  /** What WhatsApp has of the bot's pre-keys, to hand out once each. */
  readonly preKeys: NonNullable<Bundle["preKey"]>[] = [];
  received = 0;
  kills = 0;
  /** Redelivered stanzas that an earlier life had decrypted: known, answered by a retry. */
  spentRedeliveries = 0;
  readonly #options: WorldOptions;
  readonly #running = new Set<Promise<unknown>>();
  #life: Life | undefined;
  #starting: Promise<void> = Promise.resolve();
  #identity: Omit<Bundle, "preKey"> | undefined;

  constructor(options: WorldOptions) {
    this.#options = options;
    const user = (kind: number, index: number) => `${kind}${String(options.seed).padStart(6, "0")}${index}`;
    this.botLid = `${user(9, 0)}:5@lid`;
    this.phone = new Contact(identity(0), `${user(9, 0)}@lid`);
    this.contacts = Array.from({ length: options.contacts }, (_, index) =>
      index % 3 === 2
        ? new Contact(identity(index + 1), `${user(5, index)}@lid`, `${user(7, index)}@s.whatsapp.net`)
        : new Contact(identity(index + 1), `${user(5, index)}@lid`),
    );
  }

  get life(): Life {
    if (!this.#life) throw new Error("the bot was not started");
    return this.#life;
  }

  /**
   * Opens the bot from its disk; the first time it is linked.
   * @throws when that fails in a life with a fault; `stop` it then and start the next.
   */
  async start(fault?: CommitFault): Promise<void> {
    const { random, medium, openClient } = this.#options;
    const disk = this.disk.open(random, medium, fault);
    const client = await openClient(disk);
    const life = this.#beginLife(disk, client);
    this.#life = life;
    client.attach(life.socket);
    const { creds } = life.socket.authState;
    this.#identity ??= publicBundle(creds);
    const me = { id: `${this.botLid.split("@")[0]}@s.whatsapp.net`, lid: this.botLid };
    if (!creds.me) life.socket.ev.emit("creds.update", { me });
    if (this.preKeys.length === 0) await life.socket.uploadPreKeys(PRE_KEYS_AT_LINKING);
    this.#deliver();
  }

  /** Ends the process now and starts the next one. */
  kill(): Promise<void> {
    if (!this.life.isOver) {
      this.kills += 1;
      this.stop();
      this.#starting = this.start();
    }
    return this.#starting;
  }

  /** Ends the process now, however far it got. */
  stop(): void {
    if (!this.#life) return;
    this.life.isOver = true;
    this.life.end.resolve();
    this.life.disk.kill();
    this.life.socket.signalRepository.close?.();
    this.mailbox.returnAll(this.life.disk.hasUnacknowledgedCommit);
  }

  /** Resolves when a life runs. */
  async ready(): Promise<void> {
    while (this.life.isOver) await this.#starting;
  }

  /** Runs something the bot does; it may fail only because the process was killed. */
  act(work: (socket: SocketModel) => Promise<void>): Promise<void> {
    const life = this.life;
    const done = work(life.socket).catch((error: Error) => {
      if (!life.isOver && !life.client.isDead()) this.unexpected.push(error.message);
    });
    return this.#track(Promise.race([done, life.end.promise]));
  }

  /** A contact is sent parts of a message of the bot. */
  contactReceives(jid: string, encs: readonly Enc[], group: string | undefined, text: string): void {
    void this.#track(this.contactOf(jid).receive(this.botLid, encs, group, text));
  }

  /** A contact writes to the bot, in a group when one is named. */
  contactWrites(contact: Contact, text: string, group?: string): Promise<void> {
    const encrypt = async () => {
      const fetchBundle = async () => this.#botBundle();
      const encs = group
        ? await contact.writeToGroup(this.botLid, group, text, fetchBundle)
        : await contact.write(this.botLid, text, fetchBundle);
      this.mailbox.add({ from: contact.lid, senderPn: contact.pn, group, encs, text });
      this.#deliver();
    };
    return this.#track(encrypt());
  }

  /** Resolves when nothing is under way and every stanza was acknowledged. */
  async settle(): Promise<void> {
    await this.ready();
    while (this.#running.size > 0) {
      await Promise.all(this.#running);
      await this.ready();
    }
  }

  /** What contacts failed to decrypt. */
  contactFailures(): string[] {
    return [this.phone, ...this.contacts].flatMap(({ lid, failures }) =>
      failures.map((failure) => `${lid} ${failure}`),
    );
  }

  #beginLife(disk: DiskLife, client: OpenedClient): Life {
    const { random, medium, killsPerSend } = this.#options;
    const network = connect(this, {
      medium,
      isCut: () => life.isOver,
      onSend: () => {
        if (!random.chance(killsPerSend / 2)) return;
        this.kill().catch((error: Error) => this.unexpected.push(error.message));
      },
    });
    const socket = new SocketModel(client.config, network);
    const life: Life = {
      disk,
      client,
      socket,
      isOver: false,
      turnsOf: makeTurnsBySender(),
      end: Promise.withResolvers(),
    };
    return life;
  }

  #track<T>(work: Promise<T>): Promise<T> {
    const tracked = work.finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
    return tracked;
  }

  #deliver(): void {
    const life = this.life;
    if (life.isOver) return;
    for (const mail of this.mailbox.undelivered()) {
      mail.isDelivered = true;
      const done = life.turnsOf(mail.stanza.from).run(() => this.#deliverOne(life, mail));
      void this.#track(Promise.race([done, life.end.promise]));
    }
  }

  async #deliverOne(life: Life, mail: Mail): Promise<void> {
    const failure = await life.socket
      .receive(mail.stanza, () => (mail.isDecrypted ||= !life.isOver))
      .then(
        () => undefined,
        (error: Error) => error.message,
      );
    if (life.isOver || life.socket.endedWith) return;
    if (failure === undefined) this.received += 1;
    else if (mail.mayBeSpent) this.spentRedeliveries += 1;
    else this.botFailures.push(`${mail.stanza.text}: ${failure}`);
    this.mailbox.acknowledge(mail);
  }

  #botBundle(): Bundle {
    const preKey = this.preKeys.shift();
    if (!this.#identity || !preKey) throw new Error("the bot has no pre-keys left");
    return { ...this.#identity, preKey };
  }

  /** @throws when nobody has this JID. */
  contactOf(jid: string): Contact {
    const contact = [this.phone, ...this.contacts].find(({ lid, pn }) => lid === jid || pn === jid);
    if (!contact) throw new Error("nobody has this JID");
    return contact;
  }
}

const identities = new Map<number, AuthenticationCreds>();

/** Contacts of one index share their identity in all worlds: making one takes 15 ms, and contacts never change theirs. */
function identity(index: number): AuthenticationCreds {
  const creds = identities.get(index) ?? initAuthCreds();
  identities.set(index, creds);
  return creds;
}

function makeTurnsBySender(): (sender: string) => Turns {
  const turns = new Map<string, Turns>();
  return (sender) => {
    const own = turns.get(sender) ?? new Turns();
    turns.set(sender, own);
    return own;
  };
}
