import { createBot } from "@switchboard/core/services/bots/create-bot";
import { getBot } from "@switchboard/core/services/bots/get-bot";
import { getPairing, requestPairing } from "@switchboard/core/services/bots/pairing";
import { type BotCommand, requestBotCommand } from "@switchboard/core/services/bots/request-command";
import type { BotView, PairingView } from "@switchboard/core/services/bots/schemas";
import type { BotId } from "@switchboard/db/schema";
import { authRecords, bots, callBlockingSettings, custody, events, whatsappCalls } from "@switchboard/db/schema";
import { and, asc, eq } from "drizzle-orm";
import type { LinkedDevice, SimulatedCall, SimulatedContact, SimulatedPhone } from "../../../simulator/index.ts";
import { until } from "./until.ts";
import type { WorkerWorld } from "./worker-world.ts";

type CallRow = typeof whatsappCalls.$inferSelect;

/** One bot of a test, as its owner and the database see it, with the phone it is linked to. */
export class TestBot {
  readonly id: BotId;
  readonly phone: SimulatedPhone;
  readonly contacts: readonly SimulatedContact[];
  readonly #world: WorkerWorld;

  private constructor(world: WorkerWorld, id: BotId, phone: SimulatedPhone, contacts: readonly SimulatedContact[]) {
    this.#world = world;
    this.id = id;
    this.phone = phone;
    this.contacts = contacts;
  }

  static async create(world: WorkerWorld, number: number, contactCount: number): Promise<TestBot> {
    const { simulator, admin } = world;
    const contacts = Array.from({ length: contactCount }, () => simulator.createContact({ name: "Ada" }));
    const phone = simulator.createPhone({ phoneNumber: `3460000${1000 + number}`, pushName: `Bot ${number}` });
    const { id } = await createBot(admin, { name: `bot-${number}` });
    return new TestBot(world, id, phone, contacts);
  }

  /** The first contact, who is nobody else's. */
  get contact(): SimulatedContact {
    const [contact] = this.contacts;
    if (contact === undefined) throw new Error("this bot was made without contacts");
    return contact;
  }

  /** The device that is linked now. */
  get device(): LinkedDevice {
    const device = this.phone.devices.at(-1);
    if (device === undefined) throw new Error("nothing is linked to this phone");
    return device;
  }

  view(): Promise<BotView> {
    return getBot(this.#world.admin, { botId: this.id });
  }

  pairing(): Promise<PairingView> {
    return getPairing(this.#world.admin, { botId: this.id });
  }

  command(command: BotCommand): Promise<{ commandId: string }> {
    return requestBotCommand(this.#world.admin, { botId: this.id, command });
  }

  /** Asks for a pairing and answers its first QR text or code. */
  async beginPairing(method: "qr" | "code" = "qr"): Promise<string> {
    const phoneNumber = `+${this.phone.phoneNumber}`;
    await requestPairing(this.#world.admin, { botId: this.id, method, phoneNumber });
    return until(async () => {
      const { qr, code } = await this.pairing();
      return qr ?? code ?? null;
    });
  }

  /** Links the bot to its phone and resolves when it is online. A worker must run. */
  async link(): Promise<LinkedDevice> {
    await this.phone.scanQr(await this.beginPairing());
    await this.untilState("online");
    return this.device;
  }

  /** Resolves when the history has come and nothing is written any more. */
  async untilQuiet(): Promise<void> {
    await this.phone.waitDelivered(this.device);
    let revision = -1;
    let sameCount = 0;
    await until(async () => {
      const { authRevision } = await this.custody();
      sameCount = authRevision === revision ? sameCount + 1 : 0;
      revision = authRevision;
      return sameCount >= 20;
    });
  }

  untilState(state: BotView["state"], reason?: BotView["reason"]): Promise<BotView> {
    return until(
      async () => {
        const view = await this.view();
        return view.state === state && (reason === undefined || view.reason === reason) ? view : null;
      },
      () => this.view(),
    );
  }

  /** Rejects every call with this text; an empty one sends none. */
  async rejectAll(replyText = ""): Promise<void> {
    const settings = { isEnabled: true, dailyLimit: null, defaultAction: "reject-and-reply" as const, replyText };
    await this.#world.db.write(async (tx) => {
      await tx.update(callBlockingSettings).set(settings).where(eq(callBlockingSettings.botId, this.id));
    });
  }

  async settings() {
    const { reader } = this.#world.db;
    return one(await reader.select().from(callBlockingSettings).where(eq(callBlockingSettings.botId, this.id)));
  }

  /** The row of a call, once it fits. */
  untilCall(call: SimulatedCall, fits: (row: CallRow) => boolean = () => true): Promise<CallRow> {
    return until(
      async () => {
        const row = await this.findCall(call);
        return row !== null && fits(row) ? row : null;
      },
      () => this.findCall(call),
    );
  }

  async findCall(call: SimulatedCall): Promise<CallRow | null> {
    const isThis = and(eq(whatsappCalls.botId, this.id), eq(whatsappCalls.callId, call.id));
    const [row] = await this.#world.db.reader.select().from(whatsappCalls).where(isThis);
    return row ?? null;
  }

  async custody() {
    return one(await this.#world.db.reader.select().from(custody).where(eq(custody.botId, this.id)));
  }

  async row() {
    return one(await this.#world.db.reader.select().from(bots).where(eq(bots.id, this.id)));
  }

  /** How many records of the session are stored, of one type or all. */
  async authRecordCount(type?: string): Promise<number> {
    const isOfBot = eq(authRecords.botId, this.id);
    const isWanted = type === undefined ? isOfBot : and(isOfBot, eq(authRecords.type, type));
    return this.#world.db.reader.$count(authRecords, isWanted);
  }

  /** The states the bot went through and why, as they were told. */
  async states(): Promise<string[]> {
    const told = await this.events("bot.state");
    return told.map(({ data }) => `${data.state}:${data.reason ?? ""}`);
  }

  /** How often a device of this bot's phone has logged in. */
  get loginCount(): number {
    const { events } = this.#world.simulator.transcript;
    return events.filter(({ kind, device }) => kind === "login" && device?.startsWith(`${this.phone.phoneNumber}:`))
      .length;
  }

  /** Every event of the bot so far, oldest first. */
  allEvents() {
    return this.#world.db.reader.select().from(events).where(eq(events.botId, this.id)).orderBy(asc(events.sequence));
  }

  /** The bot's events of one type so far, oldest first. */
  events(type: string) {
    return this.#world.db.reader
      .select()
      .from(events)
      .where(and(eq(events.botId, this.id), eq(events.type, type)))
      .orderBy(asc(events.id));
  }
}

function one<Row>(rows: readonly Row[]): Row {
  const [row] = rows;
  if (row === undefined) throw new Error("there is no such row");
  return row;
}
