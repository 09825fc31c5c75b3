import { type AccountDevice, peerName } from "../accounts/account.ts";
import type { LinkedDevice } from "../accounts/linked-device.ts";
import { SimulatedDevice } from "../accounts/simulated-device.ts";
import { type MessageBody, unpadMessage } from "../signal/padding.ts";
import { identityOf } from "../signal/ratchet-ledger.ts";
import type { Ciphertext } from "../signal/signal-device.ts";
import type { World } from "../world.ts";

/** Records a ciphertext of a client in the ledger and reports a message key that was used before. */
export function judgeCiphertext(world: World, sender: LinkedDevice, ciphertext: Ciphertext, messageId: string): void {
  try {
    const reused = world.ledger.record(ciphertext);
    if (reused !== null) {
      const { counter, chain, isSameCiphertext } = reused;
      const repeated = isSameCiphertext ? "the same ciphertext" : "another ciphertext";
      world.blame(
        sender,
        "signal.counter-reused",
        `message ${messageId} uses counter ${counter} of chain ${chain} again, with ${repeated}`,
      );
    }
    const identity = identityOf(ciphertext);
    if (identity !== null && !identity.equals(sender.identityKey)) {
      world.blame(sender, "signal.wrong-identity", `message ${messageId} names another identity key`);
    }
  } catch (err) {
    world.blame(sender, "message.wrong-content", `ciphertext of ${messageId} cannot be parsed: ${String(err)}`);
  }
}

/** Decrypts on a simulated device; null, and a violation, when the device cannot. */
export async function decryptOn(
  world: World,
  device: SimulatedDevice,
  sender: LinkedDevice,
  ciphertext: Ciphertext,
  messageId: string,
): Promise<MessageBody | null> {
  try {
    return unpadMessage(await device.signal.decrypt(peerName(sender), ciphertext));
  } catch (err) {
    const reason = err instanceof Error ? err.message : String(err);
    world.blame(sender, "signal.undecryptable", `${peerName(device)} cannot read ${messageId}: ${reason}`);
    return null;
  }
}

/** The simulated device behind an account's device; null for a linked one. */
export function asSimulated(device: AccountDevice | undefined): SimulatedDevice | null {
  return device instanceof SimulatedDevice ? device : null;
}
