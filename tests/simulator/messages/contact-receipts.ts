import type { LinkedDevice } from "../accounts/linked-device.ts";
import type { SimulatedDevice } from "../accounts/simulated-device.ts";
import { bundleNodes } from "../queries/encrypt.ts";
import { bigEndian, type Stanza, stanza } from "../wire/binary-node.ts";
import { PN_SERVER, parseJid } from "../wire/jid.ts";
import type { World } from "../world.ts";

/** A receipt of a simulated device for a message of a client. */
export interface ContactReceipt {
  readonly device: SimulatedDevice;
  readonly to: LinkedDevice;
  readonly messageId: string;
  readonly type: "delivered" | "read" | "retry";
  /** The chat as the client addressed it; the receipt comes from the same address space. */
  readonly chat: string;
  /** Which retry this is; 1 when left out. */
  readonly retryCount?: number;
  /** Send a new bundle with the retry. */
  readonly isWithKeys?: boolean;
}

/** Sends a receipt to the device that sent the message. */
export function sendReceipt(world: World, receipt: ContactReceipt): void {
  const { device, to, messageId, type, chat } = receipt;
  const server = parseJid(chat)?.server ?? PN_SERVER;
  const attributes = {
    id: messageId,
    from: device.account.deviceJid(server, device.id) ?? undefined,
    type: type === "delivered" ? undefined : type,
    t: world.timestamp(),
    recipient: device.account === to.account ? chat : undefined,
  };
  to.deliver(stanza("receipt", attributes, type === "retry" ? retryNodes(world, receipt) : undefined));
}

function retryNodes(world: World, { device, messageId, retryCount = 1, isWithKeys = false }: ContactReceipt): Stanza[] {
  const retry = stanza("retry", { count: String(retryCount), id: messageId, t: world.timestamp(), v: "1", error: "0" });
  const registration = stanza("registration", {}, bigEndian(device.signal.registrationId, 4));
  if (!isWithKeys) return [retry, registration];
  const keys = bundleNodes(device.takeBundle()).filter(({ tag }) => tag !== "registration");
  const identity = device.signedIdentity();
  if (identity !== null) keys.push(stanza("device-identity", {}, identity));
  return [retry, registration, stanza("keys", {}, keys)];
}
