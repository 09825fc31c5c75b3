import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { World } from "../world.ts";
import { Connection, type ConnectionEvents } from "./connection.ts";

const CHAT_PATH = "/ws/chat";

/** The listening socket of a simulator. */
export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

/** Listens on 127.0.0.1; port 0 takes a free one. */
export async function listen(world: World, port: number, events: ConnectionEvents): Promise<Listener> {
  const http = createServer((_req, res) => res.writeHead(426).end());
  const webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 32 * 1024 * 1024 });
  const rawSockets = new Set<Duplex>();
  http.on("connection", (socket) => {
    rawSockets.add(socket);
    socket.once("close", () => rawSockets.delete(socket));
  });
  http.on("upgrade", (req, socket, head) => {
    if (isUpgradeRefused(world, req, socket)) return;
    webSockets.handleUpgrade(req, socket, head, (webSocket) => accept(world, webSocket, events));
  });
  await new Promise<void>((resolve) => http.listen(port, "127.0.0.1", resolve));
  return {
    port: portOf(http),
    close: () =>
      new Promise((resolve) => {
        for (const socket of rawSockets) socket.destroy();
        http.close(() => resolve());
      }),
  };
}

function accept(world: World, webSocket: WebSocket, events: ConnectionEvents): void {
  const { listenerFaults } = world;
  if (listenerFaults.silentHandshakeCount > 0) {
    listenerFaults.silentHandshakeCount--;
    webSocket.on("error", () => undefined);
    world.transcript.add("handshake-left-silent");
    return;
  }
  const defective = listenerFaults.certificateDefect;
  const isDefective = defective !== null && defective.remainingCount > 0;
  if (isDefective) defective.remainingCount--;
  const chain = world.authority.chain(isDefective ? defective.defect : undefined);
  world.connections.add(new Connection(webSocket, world, events, chain));
  world.transcript.add("connected");
}

function isUpgradeRefused(world: World, req: IncomingMessage, socket: Duplex): boolean {
  const refused = world.listenerFaults.refusedUpgrades;
  const isWrongPath = new URL(req.url ?? "/", "http://simulator").pathname !== CHAT_PATH;
  if (!isWrongPath && (refused === null || refused.remainingCount <= 0)) return false;
  if (!isWrongPath && refused !== null) refused.remainingCount--;
  const status = isWrongPath ? 404 : (refused?.status ?? 503);
  const isKeptOpen = !isWrongPath && refused?.isKeptOpen === true;
  const connection = isKeptOpen ? "keep-alive" : "close";
  socket.on("error", () => undefined);
  socket.write(`HTTP/1.1 ${status} Refused\r\nConnection: ${connection}\r\nContent-Length: 0\r\n\r\n`);
  if (!isKeptOpen) socket.end();
  world.transcript.add("upgrade-refused", null, { status });
  return true;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the listener has no port");
  return address.port;
}
