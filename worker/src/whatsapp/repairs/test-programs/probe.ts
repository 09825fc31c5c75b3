/** Run as `node probe.ts stock|repaired`. Prints one JSON line: which faults this process's client shows. */
import { AsyncLocalStorage } from "node:async_hooks";
import { requireFromHere } from "../client-sources.ts";
import { loadLibsignal, makeParty, type Party } from "./libsignal-party.ts";

if (process.argv[2] === "repaired") await import("../install.ts");
const faults = {
  foreignContext: await runsJobsInForeignContext(),
  damagedSession: await damagesSessionsThatDoNotFit(),
  acceptsForgery: acceptsForgedSignature(),
  refusesGenuine: refusesGenuineSignature(),
};
process.stdout.write(`\n${JSON.stringify(faults)}\n`);

async function runsJobsInForeignContext(): Promise<boolean> {
  const { SessionCipher, ProtocolAddress } = loadLibsignal();
  const caller = new AsyncLocalStorage<string>();
  const seen: (string | undefined)[] = [];
  const party = makeParty(1, async () => void seen.push(caller.getStore()));
  const address = new ProtocolAddress("shared", 0);
  const encryptWithoutSession = () => new SessionCipher(party.storage, address).encrypt(Buffer.from("x"));
  const open = (name: string) => caller.run(name, () => encryptWithoutSession().catch(() => undefined));
  await Promise.all([open("first"), open("second")]);
  return seen.join() !== "first,second";
}

/** Two sessions with one address, as after a contact's reinstall; a message of one is tried on the other first. */
async function damagesSessionsThatDoNotFit(): Promise<boolean> {
  const [bot, before, after] = [makeParty(1), makeParty(2), makeParty(3)];
  const { SessionBuilder, ProtocolAddress } = loadLibsignal();
  await new SessionBuilder(bot.storage, new ProtocolAddress("contact", 0)).initOutgoing(before.bundle());
  return converse().then(
    () => false,
    () => true,
  );

  async function converse(): Promise<void> {
    await deliver(bot, before);
    await deliver(before, bot);
    await new SessionBuilder(after.storage, new ProtocolAddress("bot", 0)).initOutgoing(bot.bundle());
    await deliver(after, bot);
    await deliver(bot, after);
    await deliver(before, bot);
    await deliver(after, bot);
    await deliver(before, bot);
  }

  async function deliver(from: Party, to: Party): Promise<void> {
    const { SessionCipher } = loadLibsignal();
    const sent = await new SessionCipher(from.storage, addressSeenFrom(from)).encrypt(Buffer.from("hello"));
    const receiver = new SessionCipher(to.storage, addressSeenFrom(to));
    const bytes = Buffer.from(sent.body, "binary");
    await (sent.type === 3 ? receiver.decryptPreKeyWhisperMessage(bytes) : receiver.decryptWhisperMessage(bytes));
  }

  function addressSeenFrom(party: Party) {
    return new ProtocolAddress(party === bot ? "contact" : "bot", 0);
  }
}

function acceptsForgedSignature(): boolean {
  const { Curve } = loadBaileys();
  const forged = Buffer.alloc(64, 1);
  return Curve.verify(Curve.generateKeyPair().public, Buffer.from("message"), forged);
}

function refusesGenuineSignature(): boolean {
  const { Curve } = loadBaileys();
  const pair = Curve.generateKeyPair();
  const message = Buffer.from("message");
  return !Curve.verify(pair.public, message, Curve.sign(pair.private, message));
}

function loadBaileys(): typeof import("@whiskeysockets/baileys") {
  return requireFromHere("@whiskeysockets/baileys");
}
