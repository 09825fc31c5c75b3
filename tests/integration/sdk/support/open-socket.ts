// The package repairs what Baileys loads: imports run in their order here.
import "../../../../sdk/session/src/index.ts";
import makeWASocket, { type UserFacingSocketConfig, type WASocket } from "@whiskeysockets/baileys";
import type { SwitchboardSession } from "../../../../sdk/session/src/index.ts";

/** Connects a session and resolves with the socket once it is open. @throws when it closes before that */
export async function openSocket(
  session: SwitchboardSession,
  config: Partial<UserFacingSocketConfig> = {},
): Promise<WASocket> {
  const socket = session.attach(makeWASocket({ ...session.socketConfig(), ...config }));
  await new Promise<void>((resolve, reject) => {
    socket.ev.on("connection.update", ({ connection, lastDisconnect }) => {
      if (connection === "open") resolve();
      if (connection === "close") reject(lastDisconnect?.error ?? new Error("the socket closed"));
    });
  });
  return socket;
}

/** Resolves with the reason when the socket closes. */
export const untilClosed = (socket: WASocket): Promise<Error | undefined> =>
  new Promise((resolve) => {
    socket.ev.on("connection.update", ({ connection, lastDisconnect }) => {
      if (connection === "close") resolve(lastDisconnect?.error);
    });
  });

/** Resolves when the socket has heard this text. */
export const untilHeard = (socket: WASocket, text: string): Promise<void> =>
  new Promise((resolve) => {
    socket.ev.on("messages.upsert", ({ messages }) => {
      if (messages.some(({ message }) => JSON.stringify(message ?? null).includes(text))) resolve();
    });
  });
