import type { LinkedDevice } from "../accounts/linked-device.ts";

/** Takes a device off its account: it can never log in again, and nobody sends to it any more. */
export function removeDevice(device: LinkedDevice): void {
  device.isRemoved = true;
  device.account.devices.delete(device.id);
}
