import type { LinkedDevice } from "../accounts/linked-device.ts";
import type { Connection } from "../connection/connection.ts";
import { answerRetry } from "../messages/answer-retry.ts";
import { type Stanza, stanza } from "../wire/binary-node.ts";
import type { World } from "../world.ts";

// Types that answer a delivered message; the others only speak about one.
const DELIVERY_TYPES: ReadonlySet<string | undefined> = new Set([undefined, "inactive", "peer_msg", "sender"]);
const LATER_TYPES: ReadonlySet<string | undefined> = new Set(["read", "read-self", "played", "hist_sync", "retry"]);

/** A client acknowledges a message with a receipt, or asks for it again. */
export async function acceptReceipt(
  world: World,
  connection: Connection,
  device: LinkedDevice,
  receipt: Stanza,
): Promise<void> {
  const { id = "", type, to, participant } = receipt.attrs;
  if (!DELIVERY_TYPES.has(type) && !LATER_TYPES.has(type)) world.judge.reportUnknown(receipt, device.jid);
  if (!device.outbox.hasSentMessage(id)) {
    world.blame(device, "receipt.unknown-message", `receipt ${type ?? "delivered"} for unknown message ${id}`);
  } else if (DELIVERY_TYPES.has(type)) {
    device.outbox.settle({ tag: "message", id, type: undefined, to });
  }
  world.transcript.add("receipt", device.jid, { id, type: type ?? "delivered", to });
  connection.send(stanza("ack", { class: "receipt", id, from: to, type, participant, t: world.timestamp() }));
  if (type === "retry") await answerRetry(world, device, receipt);
}
