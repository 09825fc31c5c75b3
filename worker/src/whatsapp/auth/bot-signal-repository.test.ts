import "../repairs/install.ts";
import { describe, expect, it, vi } from "vitest";
import { openBotAuthState } from "./bot-auth-state.ts";
import { makeContactBundle } from "./testing/contact-bundle.ts";
import { drainMicrotasks, MemoryStore } from "./testing/memory-store.ts";
import { openSocket, type SocketOptions } from "./testing/open-socket.ts";

const NUMBER = "551199@s.whatsapp.net";
const LID = "7788@lid";
const data = Buffer.from("hello");

async function open(options: SocketOptions = {}) {
  const store = new MemoryStore();
  const state = await openBotAuthState(store, { whenMissing: "mint" });
  return { store, state, ...openSocket(state, options) };
}

describe("numbers and LIDs", () => {
  it("are looked up before the lock is taken, so that a slow look-up stops nobody else", async () => {
    const answer = Promise.withResolvers<{ pn: string; lid: string }[]>();
    const { repository } = await open({ lookUpLids: () => answer.promise });
    const waiting = repository.injectE2ESession({ jid: NUMBER, session: makeContactBundle() });
    await repository.injectE2ESession({ jid: "9900@lid", session: makeContactBundle() });
    await expect(repository.encryptMessage({ jid: "9900@lid", data })).resolves.toHaveProperty("type", "pkmsg");
    answer.resolve([{ pn: NUMBER, lid: LID }]);
    await waiting;
    expect(await repository.validateSession(LID)).toEqual({ exists: true });
  });

  it("never wait for a look-up in flight while the lock is held", async () => {
    let answer: Promise<{ pn: string; lid: string }[]> = Promise.resolve([]);
    const { store, repository } = await open({ lookUpLids: () => answer });
    await repository.injectE2ESession({ jid: NUMBER, session: makeContactBundle() });
    const release = store.holdReads("sender-key");
    const holder = repository.decryptGroupMessage({ group: "1@g.us", authorJid: LID, msg: data }).catch(() => "failed");
    const encrypted = repository.encryptMessage({ jid: NUMBER, data });
    await drainMicrotasks();
    answer = new Promise(() => undefined);
    void repository.lidMapping.getLIDForPN(NUMBER);
    await drainMicrotasks();
    release();
    await expect(encrypted).resolves.toHaveProperty("type", "pkmsg");
    expect(await holder).toBe("failed");
  });

  it("ask the network once for a message to a number without a LID, not at each step", async () => {
    const lookUpLids = vi.fn(async () => []);
    const { repository } = await open({ lookUpLids });
    await repository.injectE2ESession({ jid: NUMBER, session: makeContactBundle() });
    lookUpLids.mockClear();
    await repository.encryptMessage({ jid: NUMBER, data });
    expect(lookUpLids).toHaveBeenCalledOnce();
  });

  it("work on when the look-up fails", async () => {
    const { repository } = await open({ lookUpLids: async () => Promise.reject(new Error("timed out")) });
    await repository.injectE2ESession({ jid: NUMBER, session: makeContactBundle() });
    await expect(repository.encryptMessage({ jid: NUMBER, data })).resolves.toHaveProperty("type", "pkmsg");
  });

  it("keep the session of a number whose LID is learned by a look-up", async () => {
    const known: { pn: string; lid: string }[] = [];
    const { store, repository } = await open({ lookUpLids: async () => known });
    await repository.injectE2ESession({ jid: NUMBER, session: makeContactBundle() });
    expect(store.rows.has("session:551199.0")).toBe(true);
    known.push({ pn: NUMBER, lid: LID });
    await repository.encryptMessage({ jid: NUMBER, data });
    expect(store.rows.has("session:7788_1.0")).toBe(true);
    expect(store.rows.has("session:551199.0")).toBe(false);
    await expect(repository.encryptMessage({ jid: LID, data })).resolves.toHaveProperty("type", "pkmsg");
  });

  it("keep the device of the number", async () => {
    const device = "551199:3@s.whatsapp.net";
    const { store, repository } = await open({ lookUpLids: async () => [{ pn: NUMBER, lid: LID }] });
    await repository.injectE2ESession({ jid: device, session: makeContactBundle() });
    expect(store.rows.has("session:7788_1.3")).toBe(true);
  });
});

describe("sessions", () => {
  it("survive a pre-key message that claims another identity and cannot be decrypted", async () => {
    const { store, repository } = await open();
    await repository.injectE2ESession({ jid: LID, session: makeContactBundle() });
    const before = new Map(store.rows);
    const forged = Buffer.concat([Buffer.from([0x33]), identityField(makeContactBundle().identityKey)]);
    await expect(repository.decryptMessage({ jid: LID, type: "pkmsg", ciphertext: forged })).rejects.toThrow();
    expect(store.rows).toEqual(before);
  });

  it("are not overwritten when they could not be read", async () => {
    const { store, repository } = await open();
    await repository.injectE2ESession({ jid: LID, session: makeContactBundle() });
    const fresh = await openBotAuthState(store, { whenMissing: "refuse" });
    const { repository: cold } = openSocket(fresh);
    const before = new Map(store.rows);
    store.readsFailWith = new Error("store busy");
    await expect(cold.injectE2ESession({ jid: LID, session: makeContactBundle() })).rejects.toThrow("store busy");
    expect(store.rows).toEqual(before);
  });
});

describe("two bots of one process with a common contact", () => {
  it("do not wait for each other’s locks", async () => {
    const bots = await Promise.all([open(), open()]);
    for (const { repository } of bots) await repository.injectE2ESession({ jid: LID, session: makeContactBundle() });
    for (let round = 0; round < 20; round += 1) {
      const releases = bots.map(({ store }) => store.holdCommits());
      const sent = bots.flatMap(({ repository }) => [1, 2].map(() => repository.encryptMessage({ jid: LID, data })));
      for (const release of releases) release();
      await Promise.all(sent);
    }
    for (const { store } of bots)
      expect(JSON.parse(store.rows.get("session:7788_1.0") ?? "{}")).toHaveProperty("version");
  });
});

/** Field 3 of a PreKeyWhisperMessage, identityKey, with nothing else in the message (libsignal src/WhisperTextProtocol.js). */
function identityField(identityKey: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([0x1a, identityKey.length]), identityKey]);
}
