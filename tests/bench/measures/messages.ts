import { join } from "node:path";
import type { AuthRecordStore } from "@switchboard/core/ports/auth-record-store";
import { openRecordStore } from "@switchboard/core/services/auth-state/open-record-store";
import { createLogger } from "@switchboard/host/logger";
import { DEFAULT_CONNECTION_CONFIG, initAuthCreds } from "@whiskeysockets/baileys";
import { SessionPlaces } from "../../../worker/src/journal/session-places.ts";
import { createMetrics } from "../../../worker/src/metrics.ts";
import { workerTimings } from "../../../worker/src/timings.ts";
import { openBotAuthState } from "../../../worker/src/whatsapp/auth/bot-auth-state.ts";
import { decodeRecord, encodeCreds, encodeRecords } from "../../../worker/src/whatsapp/auth/record-codec.ts";
import { Contact } from "../../signal-durability/contact.ts";
import {
  type ClientConfig,
  type Network,
  type OutgoingStanza,
  SocketModel,
} from "../../signal-durability/socket-model.ts";
import { installDriverProbe } from "../lib/driver-probe.ts";
import { type BenchInstallation, openBenchInstallation } from "../lib/installation.ts";
import { printGoal, printHeading, printTable } from "../lib/report.ts";
import { format, median, medianRatio, spread } from "../lib/statistics.ts";
import { withTempFolder } from "../lib/temp-folder.ts";

const CONTACTS = 12;
/** Each round is short, so that both sides see the same busy moments of the machine. */
export const MESSAGES_PER_ROUND = 24;
const ROUNDS = 24;
const WARM_UP_ROUNDS = 3;

/** Prints the table of messages.bench.ts. */
export const measureMessages = () =>
  withTempFolder(async (folder) => {
    printHeading("Messages, one at a time, 12 contacts, file database", [
      `${ROUNDS} rounds of ${MESSAGES_PER_ROUND} messages in turns after ${WARM_UP_ROUNDS} to warm up; the repairs of libsignal serve both`,
    ]);
    const probe = await installDriverProbe(`file:${join(folder, "probe.db")}`);
    const installation = await openBenchInstallation(folder);
    const stock = await startSender(await openStock(await openStore(installation, "stock")), "1");
    const ours = await startSender(await openOurs(await openStore(installation, "ours")), "2");
    const twoPlaces = await startSender(await openOurs(await openTwoPlaces(installation, folder)), "3");
    const sides = { stock: newSide(), ours: newSide(), twoPlaces: newSide() };
    for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
      for (const [sender, side] of [
        [stock, sides.stock],
        [ours, sides.ours],
        [twoPlaces, sides.twoPlaces],
      ] as const) {
        probe.read();
        const times = await sender.sendRound();
        const { commits, statementsMs, commitMs } = probe.read();
        if (round < 0) continue;
        side.times.push(...times);
        side.rounds.push(times.reduce((sum, time) => sum + time, 0));
        side.driver.commits += commits;
        side.driver.statementsMs += statementsMs;
        side.driver.commitMs += commitMs;
      }
    }
    await installation.close();
    printTable([
      row("stock repository", sides.stock),
      row("our repository", sides.ours),
      row("ours with the journal on the disk", sides.twoPlaces),
    ]);
    printGoal(medianRatio(sides.ours.rounds, sides.stock.rounds), { atLeast: 0.95 });
    const [alone, withJournal] = [median(sides.ours.rounds), median(sides.twoPlaces.rounds)];
    const each = format((withJournal - alone) / MESSAGES_PER_ROUND);
    console.log(`  the journal: ${each} ms a message; rate with it to rate without it:`);
    printGoal(medianRatio(sides.twoPlaces.rounds, sides.ours.rounds), { atLeast: 0.9 });
  });

interface Side {
  readonly times: number[];
  readonly rounds: number[];
  readonly driver: { commits: number; statementsMs: number; commitMs: number };
}

const newSide = (): Side => ({ times: [], rounds: [], driver: { commits: 0, statementsMs: 0, commitMs: 0 } });

function row(name: string, { times, rounds, driver }: Side) {
  const each = (value: number) => format(value / times.length);
  return {
    "ms a message": name,
    "messages/s (median round)": format((MESSAGES_PER_ROUND * 1000) / median(rounds)),
    ...spread(times),
    "driver ms": each(driver.statementsMs),
    "commit ms": each(driver.commitMs),
    commits: each(driver.commits),
  };
}

async function openStore(installation: BenchInstallation, name: string): Promise<AuthRecordStore> {
  const lease = await installation.acquire(await installation.addBot(name));
  return openRecordStore(installation.ctx, lease, lease.authRevision);
}

/** As a worker has it: the store above, and a sealed journal on the disk. */
async function openTwoPlaces(installation: BenchInstallation, folder: string): Promise<AuthRecordStore> {
  const lease = await installation.acquire(await installation.addBot("two places"));
  const { ctx } = installation;
  const logger = createLogger("worker", "silent");
  const metrics = createMetrics();
  const places = new SessionPlaces({
    ctx,
    workerId: "worker-1",
    dataDir: folder,
    logger,
    metrics,
    timings: workerTimings,
  });
  return places.open(lease, { isAlive: () => true, onRefused: () => undefined });
}

/** A client as a program makes it of an auth state. */
export interface Client {
  readonly config: ClientConfig;
  attach(socket: SocketModel): void;
}

async function openOurs(store: AuthRecordStore): Promise<Client> {
  const state = await openBotAuthState(store, { whenMissing: "mint" });
  return { config: state, attach: (socket) => state.attach(socket) };
}

/** Baileys as it comes on the same store, whose commits must not run at the same time. */
async function openStock(store: AuthRecordStore): Promise<Client> {
  const creds = initAuthCreds();
  let last: Promise<void> = Promise.resolve();
  const commit: AuthRecordStore["commit"] = (batch) => {
    last = last.then(() => store.commit(batch));
    return last;
  };
  const save = () => commit({ records: [], creds: encodeCreds(creds) });
  await save();
  const { makeSignalRepository, transactionOpts } = DEFAULT_CONNECTION_CONFIG;
  const keys: ClientConfig["auth"]["keys"] = {
    get: async (type, ids) => {
      const texts = await store.read(type, ids);
      return Object.fromEntries(Array.from(texts, ([id, text]) => [id, decodeRecord(type, text)]));
    },
    set: (data) => commit({ records: encodeRecords(data), creds: null }),
  };
  return {
    config: { auth: { creds, keys }, makeSignalRepository, transactionOpts },
    attach: (socket) => socket.ev.on("creds.update", () => void save()),
  };
}

/** A client that writes to everybody it knows. */
export interface Sender {
  /** Sends to the contacts in turn; milliseconds of each message. */
  sendRound(): Promise<number[]>;
}

/** A client with an answered session to each contact and to the own phone, as in a chat that goes on. */
export async function startSender({ config, attach }: Client, prefix: string): Promise<Sender> {
  const botLid = `${prefix}000000:5@lid`;
  const phone = new Contact(initAuthCreds(), `${prefix}000000@lid`);
  const contacts = Array.from(
    { length: CONTACTS },
    (_, index) => new Contact(initAuthCreds(), `${prefix}${100 + index}@lid`),
  );
  const everybody = new Map([phone, ...contacts].map((contact) => [contact.lid, contact]));
  const sent: OutgoingStanza[] = [];
  const socket = new SocketModel(config, makeNetwork(everybody, sent));
  attach(socket);
  socket.ev.emit("creds.update", { me: { id: `${prefix}000000:5@s.whatsapp.net`, lid: botLid } });
  for (const contact of contacts) {
    sent.length = 0;
    await socket.relay([contact.lid, phone.lid], "hello");
    for (const { text, parts } of sent)
      for (const { jid, enc } of parts) await everybody.get(jid)?.receive(botLid, [enc], undefined, text);
    await answer(socket, contact, botLid);
  }
  await answer(socket, phone, botLid);
  if ([...everybody.values()].some(({ failures }) => failures.length > 0)) throw new Error("a contact could not read");
  return {
    async sendRound() {
      const times: number[] = [];
      for (let index = 0; index < MESSAGES_PER_ROUND; index += 1) {
        const to = contacts[index % CONTACTS]?.lid ?? "";
        const startedAtMs = performance.now();
        await socket.relay([to, phone.lid], `message ${index}`);
        times.push(performance.now() - startedAtMs);
      }
      return times;
    },
  };
}

async function answer(socket: SocketModel, contact: Contact, botLid: string): Promise<void> {
  const noBundle = () => Promise.reject(new Error("the session is there"));
  const encs = await contact.write(botLid, "hello yourself", noBundle);
  const stanza = { from: contact.lid, senderPn: undefined, group: undefined, encs, text: "hello yourself" };
  await socket.receive(stanza, () => undefined);
}

/** Answers at once and sends nothing; no privacy tokens, since only one of the two clients would store them. */
function makeNetwork(people: ReadonlyMap<string, Contact>, sent: OutgoingStanza[]): Network {
  return {
    fetchBundle: async (jid) => {
      const contact = people.get(jid);
      if (contact === undefined) throw new Error("nobody has this JID");
      return contact.makeBundle();
    },
    lookUpLids: async () => [],
    send: async (stanza) => {
      sent.push(stanza);
    },
    uploadPreKeys: async () => undefined,
    issueToken: () => Promise.reject(new Error("no tokens here")),
    nextCommit: () => 0,
  };
}
