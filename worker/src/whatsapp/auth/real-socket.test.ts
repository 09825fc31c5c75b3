import "../repairs/install.ts";
import { createServer, type Server } from "node:net";
import { type ConnectionState, makeWASocket } from "@whiskeysockets/baileys";
import pino from "pino";
import { afterEach, describe, expect, it } from "vitest";
import { openBotAuthState } from "./bot-auth-state.ts";
import { AuthStateDeadError } from "./errors.ts";
import { decodeCreds } from "./record-codec.ts";
import { makeContactBundle } from "./testing/contact-bundle.ts";
import { MemoryStore } from "./testing/memory-store.ts";

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Something that takes connections and never answers. */
async function listenSilently(): Promise<string> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return `ws://127.0.0.1:${address.port}`;
}

async function connect() {
  const store = new MemoryStore();
  const state = await openBotAuthState(store, { whenMissing: "mint" });
  const socket = makeWASocket({
    auth: state.auth,
    makeSignalRepository: state.makeSignalRepository,
    transactionOpts: state.transactionOpts,
    waWebSocketUrl: await listenSilently(),
    logger: pino({ level: "silent" }),
  });
  state.attach(socket);
  const closed = new Promise<Partial<ConnectionState>>((resolve) => {
    socket.ev.on("connection.update", (update) => update.connection === "close" && resolve(update));
  });
  return { store, state, socket, closed };
}

describe("a socket of Baileys", () => {
  it("encrypts through the auth state and stores its credentials in it", async () => {
    const { store, state, socket } = await connect();
    await socket.signalRepository.injectE2ESession({ jid: "5511@lid", session: makeContactBundle() });
    await socket.signalRepository.encryptMessage({ jid: "5511@lid", data: Buffer.from("hello") });
    expect(store.rows.has("session:5511_1.0")).toBe(true);
    socket.ev.emit("creds.update", { platform: "android" });
    await state.flush();
    expect(decodeCreds(store.creds ?? "").platform).toBe("android");
    await socket.end(undefined);
    await state.close();
  });

  it("is closed with the reason when a commit is refused", async () => {
    const { store, state, socket, closed } = await connect();
    store.commitsFailWith = new Error("stale epoch");
    socket.ev.emit("creds.update", { platform: "android" });
    const { lastDisconnect } = await closed;
    expect(lastDisconnect?.error).toBeInstanceOf(AuthStateDeadError);
    expect(lastDisconnect?.error).toHaveProperty("cause", store.commitsFailWith);
    expect(state.isDead).toBe(true);
  });
});
