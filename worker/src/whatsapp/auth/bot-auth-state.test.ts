import "../repairs/install.ts";
import { getNextPreKeys, makeCacheableSignalKeyStore } from "@whiskeysockets/baileys";
import pino from "pino";
import { describe, expect, it, vi } from "vitest";
import { openBotAuthState } from "./bot-auth-state.ts";
import {
  AuthStateClosedError,
  AuthStateDeadError,
  CredentialsMissingError,
  CredentialsUnreadableError,
} from "./errors.ts";
import { decodeCreds } from "./record-codec.ts";
import { makeContactBundle } from "./testing/contact-bundle.ts";
import { drainMicrotasks, MemoryStore } from "./testing/memory-store.ts";
import { openSocket } from "./testing/open-socket.ts";

const CONTACT = "5511@lid";
const data = Buffer.from("hello");

async function openLinked() {
  const store = new MemoryStore();
  const state = await openBotAuthState(store, { whenMissing: "mint" });
  const socket = openSocket(state);
  await socket.repository.injectE2ESession({ jid: CONTACT, session: makeContactBundle() });
  store.batches.length = 0;
  return { store, state, socket };
}

describe("opening", () => {
  it("refuses a bot without credentials unless it may mint them", async () => {
    const store = new MemoryStore();
    await expect(openBotAuthState(store, { whenMissing: "refuse" })).rejects.toThrow(CredentialsMissingError);
    expect(store.batches).toEqual([]);
  });

  it("makes minted credentials durable before it resolves", async () => {
    const store = new MemoryStore();
    const state = await openBotAuthState(store, { whenMissing: "mint" });
    expect(decodeCreds(store.creds ?? "").noiseKey.public).toEqual(state.auth.creds.noiseKey.public);
  });

  it("mints nothing when the credentials cannot be read", async () => {
    const store = new MemoryStore();
    store.readsFailWith = new Error("database away");
    const opening = openBotAuthState(store, { whenMissing: "mint" });
    await expect(opening).rejects.toThrow(CredentialsUnreadableError);
    await expect(opening).rejects.toHaveProperty("cause", store.readsFailWith);
    expect(store.batches).toEqual([]);
  });

  it("mints nothing when the credentials are damaged", async () => {
    const store = new MemoryStore();
    store.creds = '{"noiseKey":';
    await expect(openBotAuthState(store, { whenMissing: "mint" })).rejects.toThrow(CredentialsUnreadableError);
    expect(store.creds).toBe('{"noiseKey":');
  });

  it("opens what an earlier life stored, and stores nothing for it", async () => {
    const { store, state } = await openLinked();
    await state.close();
    store.batches.length = 0;
    const again = await openBotAuthState(store, { whenMissing: "refuse" });
    expect(again.auth.creds.registrationId).toBe(state.auth.creds.registrationId);
    expect(await openSocket(again).repository.validateSession(CONTACT)).toEqual({ exists: true });
    expect(store.batches).toEqual([]);
  });
});

describe("a ciphertext", () => {
  it("is returned only when its ratchet step is durable", async () => {
    const { store, socket } = await openLinked();
    const release = store.holdCommits();
    let isReturned = false;
    const encrypted = socket.repository.encryptMessage({ jid: CONTACT, data }).then(() => {
      isReturned = true;
    });
    await vi.waitUntil(() => store.batches.length > 0);
    await drainMicrotasks();
    expect(isReturned).toBe(false);
    release();
    await encrypted;
  });

  it("is never returned after a refused commit; the socket is ended before the call fails", async () => {
    const { store, state, socket } = await openLinked();
    store.commitsFailWith = new Error("stale epoch");
    const endedWhenFailed = await socket.repository.encryptMessage({ jid: CONTACT, data }).then(
      () => "returned",
      () => socket.endedWith.length,
    );
    expect(endedWhenFailed).toBe(1);
    expect(socket.endedWith[0]).toBeInstanceOf(AuthStateDeadError);
    expect(socket.endedWith[0]).toHaveProperty("cause", store.commitsFailWith);
    expect(state.isDead).toBe(true);
    store.commitsFailWith = undefined;
    await expect(socket.repository.encryptMessage({ jid: CONTACT, data })).rejects.toThrow();
    await expect(state.flush()).rejects.toThrow(AuthStateDeadError);
  });

  it("of a death before the socket was attached ends the socket as it is attached", async () => {
    const store = new MemoryStore();
    const onDeath = vi.fn();
    const state = await openBotAuthState(store, { whenMissing: "mint", onDeath });
    store.commitsFailWith = new Error("stale epoch");
    await expect(state.auth.keys.set({ "device-list": { a: ["0"] } })).rejects.toThrow(AuthStateDeadError);
    expect(onDeath).toHaveBeenCalledOnce();
    expect(openSocket(state).endedWith).toHaveLength(1);
  });
});

describe("credentials", () => {
  it("become durable in one batch with the pre-keys that they count", async () => {
    const { store, state, socket } = await openLinked();
    await getNextPreKeys(socket.authState, 5);
    const batch = store.batches.find(({ records }) => records.some(({ type }) => type === "pre-key"));
    expect(decodeCreds(batch?.creds ?? "").nextPreKeyId).toBe(6);
    expect(state.auth.creds.nextPreKeyId).toBe(6);
  });

  it("are stored when they change, without anything else to store", async () => {
    const { store, state, socket } = await openLinked();
    socket.ev.emit("creds.update", { platform: "android" });
    await state.flush();
    expect(decodeCreds(store.creds ?? "").platform).toBe("android");
  });

  it("changed in place without an event are stored with the next keys", async () => {
    const { store, state, socket } = await openLinked();
    state.auth.creds.lastPropHash = "abc";
    await socket.repository.encryptMessage({ jid: CONTACT, data });
    expect(decodeCreds(store.creds ?? "").lastPropHash).toBe("abc");
  });
});

describe("wiring", () => {
  it("refuses a socket that was made without the state’s repository", async () => {
    const { socket } = await openLinked();
    const other = await openBotAuthState(new MemoryStore(), { whenMissing: "mint" });
    expect(() => other.attach(socket)).toThrow("makeSignalRepository");
  });

  it("ends a socket whose keys are cached by Baileys", async () => {
    const state = await openBotAuthState(new MemoryStore(), { whenMissing: "mint" });
    const socket = openSocket(state, {
      wrapKeys: (keys) => makeCacheableSignalKeyStore(keys, pino({ level: "silent" })),
    });
    await drainMicrotasks();
    expect(socket.endedWith).toHaveLength(1);
    expect(state.isDead).toBe(true);
  });

  it("lets an uncached socket live", async () => {
    const { state, socket } = await openLinked();
    await drainMicrotasks();
    expect(socket.endedWith).toEqual([]);
    expect(state.isDead).toBe(false);
  });

  it("asks for no second try of a commit", async () => {
    const { state } = await openLinked();
    expect(state.transactionOpts.maxCommitRetries).toBe(1);
  });
});

describe("closing", () => {
  it("finishes what runs, stores the last credentials, and refuses what comes later", async () => {
    const { store, state, socket } = await openLinked();
    const running = socket.repository.encryptMessage({ jid: CONTACT, data });
    state.auth.creds.lastPropHash = "last";
    await Promise.all([state.close(), running]);
    expect(decodeCreds(store.creds ?? "").lastPropHash).toBe("last");
    const batches = store.batches.length;
    await expect(socket.repository.encryptMessage({ jid: CONTACT, data })).rejects.toThrow(AuthStateClosedError);
    await expect(state.auth.keys.set({ session: { a: null } })).rejects.toThrow(AuthStateClosedError);
    socket.ev.emit("creds.update", { platform: "late" });
    await state.flush();
    await state.close();
    expect(store.batches).toHaveLength(batches);
    expect(state.isDead).toBe(false);
  });
});
