import type { proto } from "@whiskeysockets/baileys/WAProto/index.js";
import { LinkedDevice } from "../accounts/linked-device.ts";
import { stanza } from "../wire/binary-node.ts";
import { formatJid, PN_SERVER, SERVER_JID } from "../wire/jid.ts";
import type { World } from "../world.ts";
import type { Connection } from "./connection.ts";

const UNAUTHORIZED = 401;

/**
 * Logs a client in by number, device and the Noise key it proved to hold, and takes over from an older connection of
 * the same device, which gets `conflict type=replaced`.
 */
export function logIn(world: World, connection: Connection, payload: proto.IClientPayload): void {
  const device = findDevice(world, connection, payload);
  if (device === null) {
    refuse(world, connection, UNAUTHORIZED);
    return;
  }
  const failure = world.faultsOf(device.account).takeLoginFailure();
  if (failure !== null) {
    refuse(world, connection, failure);
    return;
  }
  for (const other of world.connections) if (other !== connection && other.device === device) replace(other);
  connection.device = device;
  world.transcript.add("login", device.jid, { hasRoutingInfo: connection.routingInfo !== null });
  greet(world, connection, device);
}

/** The client asked to be active: pushes what it missed. */
export function activate(world: World, connection: Connection, device: LinkedDevice): void {
  device.connection = connection;
  const count = device.outbox.open((sent, isCompressed) => connection.send(sent, isCompressed));
  connection.send(stanza("ib", { from: SERVER_JID }, [stanza("offline", { count: String(count) })]));
  world.transcript.add("online", device.jid, { offlineCount: count });
}

/** Writes down that the connection of a device is gone. */
export function deactivate(connection: Connection): void {
  const { device } = connection;
  if (device === null || device.connection !== connection) return;
  device.connection = null;
  device.outbox.close();
}

function greet(world: World, connection: Connection, device: LinkedDevice): void {
  const routing = stanza("edge_routing", {}, [stanza("routing_info", {}, world.randomness.bytes(12))]);
  const dirty = stanza("dirty", { type: "account_sync", timestamp: world.timestamp() });
  const attributes = { t: world.timestamp(), lid: device.lid, location: "sim", props: "1" };
  connection.send(stanza("success", attributes));
  connection.send(stanza("ib", { from: SERVER_JID }, [routing]));
  connection.send(stanza("ib", { from: SERVER_JID }, [dirty]));
}

function findDevice(world: World, connection: Connection, payload: proto.IClientPayload): LinkedDevice | null {
  const account = world.accountOf(formatJid(String(payload.username ?? ""), PN_SERVER));
  const device = account?.devices.get(Number(payload.device ?? 0));
  if (!(device instanceof LinkedDevice) || device.isRemoved) return null;
  return connection.clientStaticKey?.equals(device.noiseKey) ? device : null;
}

function refuse(world: World, connection: Connection, reason: number): void {
  world.transcript.add("login-refused", null, { reason });
  connection.send(stanza("failure", { reason: String(reason), location: "sim" }));
  connection.close();
}

function replace(connection: Connection): void {
  connection.send(stanza("stream:error", {}, [stanza("conflict", { type: "replaced" })]));
  deactivate(connection);
  connection.close();
}
