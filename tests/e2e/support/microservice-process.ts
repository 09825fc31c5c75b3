// The package repairs what Baileys loads: imports run in their order here.
import "../../../sdk/session/src/index.ts";
import makeWASocket, { type WAMessage, type WASocket } from "@whiskeysockets/baileys";
import { connectSwitchboard, type SwitchboardSession } from "../../../sdk/session/src/index.ts";
import type { FromMicroservice, MicroserviceOptions, ToMicroservice } from "./microservice-messages.ts";

/**
 * A program as somebody writes it who takes bots over: it answers every text with the same text, rejects every call, and
 * gives the bot back when it is asked to. It tells its parent what it saw and did.
 */
let session: SwitchboardSession | null = null;
/** Nothing is begun any more. */
let isLeaving = false;
/** Answers on their way: a bot is given back when none is. */
const answering = new Set<Promise<void>>();

process.on("message", (message: ToMicroservice) => {
  const work =
    message.do === "connect"
      ? connect(message.options)
      : message.do === "release"
        ? giveBack((held) => held.release())
        : giveBack((held) => held.handOver(message.to));
  work.catch((err: unknown) =>
    tell({ kind: "failed", reason: err instanceof Error ? String(err.stack) : String(err) }),
  );
});
process.on("disconnect", () => process.exit(0));
tell({ kind: "ready" });

async function connect({ takeover, waitSeconds, ...options }: MicroserviceOptions): Promise<void> {
  isLeaving = false;
  session = await connectSwitchboard({
    ...options,
    takeover,
    waitSeconds,
    onDrain: async () => {
      tell({ kind: "draining" });
      isLeaving = true;
      await Promise.all(answering);
    },
    onLost: (err) => tell({ kind: "lost", reason: err.message }),
  });
  tell({ kind: "held", epoch: session.epoch, wasClean: session.wasClean });
  void session.ended.then(({ reason }) => tell({ kind: "ended", reason }));
  openSocket(session);
}

async function giveBack(how: (held: SwitchboardSession) => Promise<void>): Promise<void> {
  if (session === null) throw new Error("nothing is held");
  isLeaving = true;
  await Promise.all(answering);
  await how(session);
}

function openSocket(held: SwitchboardSession): void {
  const socket = held.attach(makeWASocket({ ...held.socketConfig() }));
  socket.ev.on("connection.update", ({ connection, lastDisconnect }) => {
    if (connection === "open") tell({ kind: "open" });
    if (connection === "close") tell({ kind: "closed", code: codeOf(lastDisconnect?.error) });
  });
  socket.ev.on("messages.upsert", ({ messages }) => {
    for (const message of messages) if (!message.key.fromMe) hear(socket, message);
  });
  socket.ev.on("call", (calls) => {
    for (const { id, from, status } of calls) {
      if (status === "offer" && !isLeaving) track(socket.rejectCall(id, from));
    }
  });
}

function hear(socket: WASocket, { key, message }: WAMessage): void {
  const text = message?.conversation ?? message?.extendedTextMessage?.text ?? null;
  tell({ kind: "heard", id: key.id ?? "", text });
  if (text === null || !key.remoteJid || isLeaving) return;
  const { remoteJid } = key;
  track(
    socket.sendMessage(remoteJid, { text: `echo ${text}` }).then((sent) => {
      tell({ kind: "answered", id: sent?.key.id ?? "", text: `echo ${text}` });
    }),
  );
}

function track(work: Promise<unknown>): void {
  const tracked = work
    .catch((err: unknown) => tell({ kind: "not-answered", reason: String(err) }))
    .then(() => undefined)
    .finally(() => answering.delete(tracked));
  answering.add(tracked);
}

function tell(message: FromMicroservice): void {
  process.send?.(message);
}

function codeOf(error: unknown): number | null {
  const output: unknown = error instanceof Error && "output" in error ? error.output : null;
  const code = typeof output === "object" && output !== null && "statusCode" in output ? output.statusCode : null;
  return typeof code === "number" ? code : null;
}
