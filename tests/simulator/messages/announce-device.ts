import type { Account } from "../accounts/account.ts";
import { LinkedDevice } from "../accounts/linked-device.ts";
import { type Stanza, stanza } from "../wire/binary-node.ts";
import { LID_SERVER, PN_SERVER } from "../wire/jid.ts";
import type { World } from "../world.ts";

/** A companion device that came or went. */
export interface DeviceChange {
  readonly person: Account;
  readonly device: { readonly id: number; readonly keyIndex: number | null };
  readonly change: "add" | "remove";
}

/** Tells linked devices about it with a `devices` notification, under both addresses of the person. */
export function announceDevice(world: World, change: DeviceChange, to: readonly { readonly account: Account }[]): void {
  const { person, device } = change;
  const nodes = [PN_SERVER, LID_SERVER]
    .map((server) => person.deviceJid(server, device.id))
    .filter((jid) => jid !== null)
    .map((jid) => stanza("device", { jid, "key-index": device.keyIndex === null ? undefined : `${device.keyIndex}` }));
  for (const { account } of to) {
    for (const listener of account.devices.values()) {
      if (listener instanceof LinkedDevice) listener.deliver(notification(world, change, nodes));
    }
  }
}

function notification(world: World, { person, change }: DeviceChange, nodes: Stanza[]): Stanza {
  const attributes = {
    id: world.newStanzaId(),
    from: person.pnJid ?? person.lidJid ?? undefined,
    type: "devices",
    t: world.timestamp(),
  };
  const deviceHash = `2:${world.randomness.bytes(6).toString("base64")}`;
  return stanza("notification", attributes, [stanza(change, { device_hash: deviceHash }, nodes)]);
}
