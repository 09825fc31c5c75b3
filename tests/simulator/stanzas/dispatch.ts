import { proto } from "@whiskeysockets/baileys/WAProto/index.js";
import type { LinkedDevice } from "../accounts/linked-device.ts";
import type { Connection, ConnectionEvents } from "../connection/connection.ts";
import { deactivate, logIn } from "../connection/login.ts";
import { startRegistration } from "../connection/registration.ts";
import { answerQuery } from "../queries/index.ts";
import type { Stanza } from "../wire/binary-node.ts";
import type { FinishedHandshake } from "../wire/noise-handshake.ts";
import type { World } from "../world.ts";
import { acceptAck } from "./accept-ack.ts";
import { acceptCall } from "./accept-call.ts";
import { acceptMessage } from "./accept-message.ts";
import { acceptReceipt } from "./accept-receipt.ts";
import { answerBeforeLogin, judgeBeforeLogin } from "./before-login.ts";

/** What happens on the connections of a simulator. */
export function connectionEvents(world: World): ConnectionEvents {
  return {
    onHandshake: (connection, handshake) => onHandshake(world, connection, handshake),
    onStanza: (connection, received) => onStanza(world, connection, received),
    onClosed: (connection) => {
      deactivate(connection);
      world.connections.delete(connection);
    },
  };
}

function onHandshake(world: World, connection: Connection, { payload }: FinishedHandshake): void {
  const client = proto.ClientPayload.decode(payload);
  if (client.devicePairingData) startRegistration(world, connection, client);
  else logIn(world, connection, client);
}

function onStanza(world: World, connection: Connection, received: Stanza): void | Promise<void> {
  if (received.tag === "iq") return onQuery(world, connection, received);
  const { device } = connection;
  return device === null
    ? judgeBeforeLogin(world, connection, received)
    : onStanzaOfDevice(world, connection, device, received);
}

function onStanzaOfDevice(
  world: World,
  connection: Connection,
  device: LinkedDevice,
  received: Stanza,
): void | Promise<void> {
  switch (received.tag) {
    case "ack":
      return acceptAck(world, device, received);
    case "receipt":
      return acceptReceipt(world, connection, device, received);
    case "message":
      return acceptMessage(world, connection, device, received);
    case "call":
      return acceptCall(world, connection, device, received);
    case "presence":
    case "chatstate":
    case "ib":
      return;
    default:
      world.judge.reportUnknown(received, device.jid);
  }
}

function onQuery(world: World, connection: Connection, iq: Stanza): void {
  const { id = "", type } = iq.attrs;
  if (type === "result" || type === "error") {
    const expected = connection.expectedResults.get(id);
    connection.expectedResults.delete(id);
    if (expected === undefined)
      world.blame(connection.device, "query.unmatched-result", `result ${id} answers nothing`);
    else expected(iq);
    return;
  }
  if (connection.seenQueryIds.has(id))
    world.blame(connection.device, "query.reused-id", `query id ${id} was used before`);
  connection.seenQueryIds.add(id);
  const { device, registration } = connection;
  if (device !== null) answerQuery({ world, connection, device, iq, isSet: type === "set" });
  else if (registration !== null) answerBeforeLogin(world, connection, registration, iq);
}
