import "../repairs/install.ts";
import { type AuthenticationCreds, Curve, generateSignalPubKey } from "@whiskeysockets/baileys";
import { describe, expect, it } from "vitest";
import { openBotAuthState } from "./bot-auth-state.ts";
import { sendingStepsOf } from "./sending-steps.ts";
import { MemoryStore } from "./testing/memory-store.ts";
import { openSocket } from "./testing/open-socket.ts";

const BOT = "1000@lid";
const CONTACT = "2000@lid";
const GROUP = "3000@g.us";
const data = Buffer.from("hello");

/** Somebody with a socket. `answered` says that the message of a ciphertext was answered. */
async function open(store = new MemoryStore(), isTold = true) {
  const state = await openBotAuthState(store, { whenMissing: "mint" });
  const listeners: ((ciphertext: Uint8Array) => void)[] = [];
  const received = { onAnswered: (listener: (ciphertext: Uint8Array) => void) => void listeners.push(listener) };
  const { repository } = openSocket(state, isTold ? { received } : {});
  const { creds } = state.auth;
  const answered = (ciphertext: Uint8Array) => {
    for (const listener of listeners) listener(ciphertext);
  };
  return { store, state, repository, creds, answered };
}

type Party = Awaited<ReturnType<typeof open>>;

/** The same party after its process was killed: what is durable, and nothing else. */
function afterKill({ store }: Party): Promise<Party> {
  const durable = new MemoryStore();
  durable.creds = store.creds;
  for (const [key, value] of store.rows) durable.rows.set(key, value);
  return open(durable);
}

async function bundleOf({ state, creds }: Party) {
  const preKey = Curve.generateKeyPair();
  await state.auth.keys.set({ "pre-key": { 900: preKey } });
  return { ...publicKeysOf(creds), preKey: { keyId: 900, publicKey: generateSignalPubKey(preKey.public) } };
}

const publicKeysOf = ({ signedPreKey, signedIdentityKey, registrationId }: AuthenticationCreds) => ({
  registrationId,
  identityKey: generateSignalPubKey(signedIdentityKey.public),
  signedPreKey: {
    keyId: signedPreKey.keyId,
    signature: signedPreKey.signature,
    publicKey: generateSignalPubKey(signedPreKey.keyPair.public),
  },
});

/** A contact that has opened a session to the bot. */
async function openContact(bot: Party): Promise<Party> {
  const contact = await open(new MemoryStore(), false);
  await contact.repository.injectE2ESession({ jid: BOT, session: await bundleOf(bot) });
  return contact;
}

const write = ({ repository }: Party, jid: string) => repository.encryptMessage({ jid, data });
const read = ({ repository }: Party, jid: string, { type, ciphertext }: Awaited<ReturnType<typeof write>>) =>
  repository.decryptMessage({ jid, type, ciphertext });
const sendingSteps = ({ store }: Party) =>
  [...store.rows].flatMap(([key, value]) => [...sendingStepsOf({ type: key.split(":")[0] ?? "", value })]);

describe("a message that was decrypted and not answered", () => {
  it("is decrypted once more after a kill: the one that opens a session, one of it, and one after an answer", async () => {
    const bot = await open();
    const contact = await openContact(bot);
    const first = await write(contact, BOT);
    const second = await write(contact, BOT);
    for (const message of [first, second]) expect(await read(bot, CONTACT, message)).toEqual(data);
    await read(contact, BOT, await write(bot, CONTACT));
    const third = await write(contact, BOT);
    expect([first.type, second.type, third.type]).toEqual(["pkmsg", "pkmsg", "msg"]);
    expect(await read(bot, CONTACT, third)).toEqual(data);
    const next = await afterKill(bot);
    for (const message of [first, second, third]) expect(await read(next, CONTACT, message)).toEqual(data);
    const last = await afterKill(next);
    expect(await read(last, CONTACT, third)).toEqual(data);
    expect(sendingSteps(last)).toEqual(sendingSteps(bot));
    expect(await read(contact, BOT, await write(last, CONTACT))).toEqual(data);
  });

  it("is decrypted once more in a group, also where it came with the group’s key", async () => {
    const bot = await open();
    const author = await open(new MemoryStore(), false);
    const writeToGroup = () => author.repository.encryptGroupMessage({ group: GROUP, meId: CONTACT, data });
    const { ciphertext, senderKeyDistributionMessage } = await writeToGroup();
    const learn = ({ repository }: Party) =>
      repository.processSenderKeyDistributionMessage({
        authorJid: CONTACT,
        item: { groupId: GROUP, axolotlSenderKeyDistributionMessage: senderKeyDistributionMessage },
      });
    const readIn = ({ repository }: Party, msg: Uint8Array) =>
      repository.decryptGroupMessage({ group: GROUP, authorJid: CONTACT, msg });
    await learn(bot);
    expect(await readIn(bot, ciphertext)).toEqual(data);
    const next = await afterKill(bot);
    await learn(next);
    expect(await readIn(next, ciphertext)).toEqual(data);
    const later = (await writeToGroup()).ciphertext;
    next.answered(ciphertext);
    expect(await readIn(next, later)).toEqual(data);
    await expect(readIn(next, ciphertext)).rejects.toThrow("old counter");
    expect(await readIn(await afterKill(next), later)).toEqual(data);
  });
});

it("a message of a group is decrypted also when it comes after a later one", async () => {
  const bot = await open(new MemoryStore(), false);
  const author = await open(new MemoryStore(), false);
  const written = [];
  for (let count = 0; count < 3; count += 1)
    written.push(await author.repository.encryptGroupMessage({ group: GROUP, meId: CONTACT, data }));
  const [first] = written;
  await bot.repository.processSenderKeyDistributionMessage({
    authorJid: CONTACT,
    item: { groupId: GROUP, axolotlSenderKeyDistributionMessage: first?.senderKeyDistributionMessage ?? null },
  });
  for (const { ciphertext: msg } of written.toReversed())
    expect(await bot.repository.decryptGroupMessage({ group: GROUP, authorJid: CONTACT, msg })).toEqual(data);
});

describe("a message that was answered", () => {
  it("is decrypted no second time after the next step of anything, by nobody", async () => {
    const bot = await open();
    const contact = await openContact(bot);
    const first = await write(contact, BOT);
    const second = await write(contact, BOT);
    await read(bot, CONTACT, first);
    bot.answered(first.ciphertext);
    await read(bot, CONTACT, second);
    const next = await afterKill(bot);
    await expect(read(next, CONTACT, first)).rejects.toThrow("Key used already");
    expect(await read(next, CONTACT, second)).toEqual(data);
  });

  it("is decrypted no second time by the next holder, and the ones that were not answered are", async () => {
    const bot = await open();
    const contact = await openContact(bot);
    const [first, second] = [await write(contact, BOT), await write(contact, BOT)];
    for (const message of [first, second]) await read(bot, CONTACT, message);
    bot.answered(first.ciphertext);
    await bot.state.close();
    const next = await afterKill(bot);
    await expect(read(next, CONTACT, first)).rejects.toThrow("Key used already");
    expect(await read(next, CONTACT, second)).toEqual(data);
  });
});

it("leaves no key behind where nobody tells of answers", async () => {
  const bot = await open(new MemoryStore(), false);
  const contact = await openContact(bot);
  const message = await write(contact, BOT);
  await read(bot, CONTACT, message);
  await expect(read(await afterKill(bot), CONTACT, message)).rejects.toThrow("Key used already");
});
