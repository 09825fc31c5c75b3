// Takes a bot over from Switchboard, answers every text with the same text, and gives the bot back on SIGTERM.
import { afterClose, connectSwitchboard, LeaseLostError } from "@switchboard/sdk";
import makeWASocket from "@whiskeysockets/baileys";
import { readSettings } from "./settings.js";

/** After a connection that was lost; a real service would wait longer each time. */
const RECONNECT_MS = 2_000;

const stopping = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => stopping.abort());

try {
  await serve(readSettings(process.env));
} catch (error) {
  if (!stopping.signal.aborted) throw error;
}
// Baileys keeps timers of its own.
process.exit();

/** Holds the bot until it is given back. A lease that could not be renewed in time is asked for again. */
async function serve(settings) {
  for (;;) {
    const session = await connectSwitchboard({
      ...settings,
      takeover: true,
      signal: stopping.signal,
      onWaiting: ({ why, waitedSeconds }) => console.log(`waiting for the bot (${why}, ${waitedSeconds} s)`),
      onDrain: () => console.log("somebody else wants the bot"),
    });
    console.log(`holding the bot, epoch ${session.epoch}, ${session.wasClean ? "clean" : "recovered"}`);
    stopping.signal.addEventListener("abort", () => giveBack(session));
    if (stopping.signal.aborted) giveBack(session);
    else openConnection(session);

    const { reason, error } = await session.ended;
    console.log(`the session ended: ${reason}`);
    if (reason !== "lost") return;
    if (!(error instanceof LeaseLostError && error.reason === "not-renewed-in-time")) throw error;
  }
}

/** What became of it is told by `session.ended`. */
function giveBack(session) {
  session.release().catch(() => undefined);
}

/** One connection to WhatsApp; the next one follows when it closes, for as long as the session is ours. */
function openConnection(session) {
  const socket = session.attach(makeWASocket({ ...session.socketConfig() }));
  socket.ev.on("connection.update", ({ connection, lastDisconnect }) => {
    if (connection === "open") console.log("online");
    if (connection !== "close" || session.signal.aborted) return;
    const { next, reason } = afterClose(lastDisconnect?.error);
    console.log(`the connection closed: ${reason}`);
    if (next === "stop") return giveBack(session);
    setTimeout(() => session.signal.aborted || openConnection(session), next === "reconnect" ? 0 : RECONNECT_MS);
  });
  socket.ev.on("messages.upsert", async ({ messages, type }) => {
    for (const message of type === "notify" ? messages : []) await answer(socket, message);
  });
}

/** Says what it was told. What cannot be sent now is not sent later: the caller would be surprised. */
async function answer(socket, { key, message }) {
  const text = message?.conversation ?? message?.extendedTextMessage?.text;
  if (!text || key.fromMe || !key.remoteJid) return;
  try {
    await socket.sendMessage(key.remoteJid, { text: `You said: ${text}` });
    console.log("answered");
  } catch (error) {
    console.log(`could not answer: ${error.message}`);
  }
}
