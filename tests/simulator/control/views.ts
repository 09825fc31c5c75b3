import type { LinkedDevice } from "../accounts/linked-device.ts";
import type { ReceivedText, SimulatedPerson } from "../accounts/simulated-person.ts";
import { SimulatedPhone } from "../accounts/simulated-phone.ts";
import type { SimulatedCall } from "../calls/simulated-call.ts";

/** A linked device as JSON. */
export function viewDevice(device: LinkedDevice) {
  const { id, jid, lid, isOnline } = device;
  return { device: id, jid, lid, isOnline, preKeys: device.preKeys.size, waiting: device.outbox.waiting.length };
}

/** Somebody as JSON. */
export function viewPerson(person: SimulatedPerson) {
  const { phoneNumber, jid, lid, account } = person;
  const deviceIds = [...account.devices.keys()];
  const linkedDevices = person instanceof SimulatedPhone ? person.devices.map(viewDevice) : [];
  return { phoneNumber, jid, lid, name: account.name, deviceIds, linkedDevices };
}

/** A received message as JSON. */
export function viewText({ id, text, sender, chat, receivedAtMs }: ReceivedText) {
  return { id, text, sender, chat, receivedAtMs };
}

/** A call as JSON. Times are milliseconds after the announcement; null when it did not happen. */
export function viewCall(call: SimulatedCall) {
  const { id, state, appearance, offerSentAtMs, rejectSeenAtMs } = call;
  return {
    id,
    state,
    from: appearance.creator,
    to: call.callee.pnJid,
    kind: appearance.isVideo ? "video" : "voice",
    group: appearance.groupJid,
    rejectedAfterMs: rejectSeenAtMs === null ? null : rejectSeenAtMs - offerSentAtMs,
    rejects: call.rejects.map((reject) => ({ ...reject, afterMs: reject.seenAtMs - offerSentAtMs })),
  };
}
