import type { WASocket } from "@whiskeysockets/baileys";

/**
 * Asks before each frame, in and out. Baileys sends nothing on a connection that is not open (src/Socket/socket.ts,
 * sendRawMessage), and a process that was stopped may find frames before any of its timers runs.
 */
export function guardFrames(socket: WASocket, isAlive: () => boolean): void {
  const client = socket.ws;
  const isOpen = () => Reflect.get(Object.getPrototypeOf(client), "isOpen", client) === true;
  Object.defineProperty(client, "isOpen", { get: () => isOpen() && isAlive() });
  client.prependListener("message", () => void isAlive());
}
