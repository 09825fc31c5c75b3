import type { LinkedDevice } from "../accounts/linked-device.ts";
import type { Stanza } from "../wire/binary-node.ts";
import type { World } from "../world.ts";

/** A client acknowledges a stanza of the server. */
export function acceptAck(world: World, device: LinkedDevice, ack: Stanza): void {
  const { class: tag = "", id = "", type, to, error } = ack.attrs;
  const outcome = device.outbox.settle({ tag, id, type, to });
  world.transcript.add("acked", device.jid, { tag, id, error: error ?? null, outcome });
  if (outcome === "unmatched") {
    world.blame(device, "ack.unmatched", `ack of ${tag} ${id} matches no outstanding stanza`);
  }
  if (outcome === "wrong-address") {
    world.blame(device, "ack.wrong-address", `ack of ${tag} ${id} goes to ${to}, not to its sender`);
  }
}
