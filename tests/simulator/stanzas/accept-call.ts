import type { LinkedDevice } from "../accounts/linked-device.ts";
import type { SimulatedCall } from "../calls/simulated-call.ts";
import type { Connection } from "../connection/connection.ts";
import type { RejectTreatment } from "../faults.ts";
import { childNamed, childrenOf, type Stanza, stanza } from "../wire/binary-node.ts";
import { isSameUser } from "../wire/jid.ts";
import type { World } from "../world.ts";

/** A client acts on a call. Linked clients of this kind only reject. */
export function acceptCall(world: World, connection: Connection, device: LinkedDevice, received: Stanza): void {
  const reject = childNamed(received, "reject");
  if (reject === undefined || childrenOf(received).length !== 1) {
    world.judge.reportUnknown(received, device.jid);
    return;
  }
  const seenAtMs = connection.lastReceivedAtMs;
  const call = findCall(world, device, received, reject);
  const fault = call === null ? null : world.faultsOf(device.account).takeReject();
  const treatment = fault?.treatment ?? "normal";
  if (treatment !== "unanswered") acknowledge(world, connection, received, reject, fault?.errorCode ?? null, treatment);
  call?.noteReject({
    device,
    seenAtMs,
    to: received.attrs.to ?? "",
    creator: reject.attrs["call-creator"] ?? "",
    isEffective: treatment === "normal" || treatment === "unanswered",
  });
}

function findCall(world: World, device: LinkedDevice, received: Stanza, reject: Stanza): SimulatedCall | null {
  const { from, to = "" } = received.attrs;
  const creator = reject.attrs["call-creator"] ?? "";
  const call = world.calls.get(reject.attrs["call-id"] ?? "");
  if (call?.callee !== device.account) {
    world.blame(device, "call.reject-unknown", `reject of unknown call ${reject.attrs["call-id"]}`);
    return null;
  }
  const isFromDevice = from === device.jid || from === device.account.pnJid;
  const isComplete = received.attrs.id !== undefined && reject.attrs.count === "0";
  if (!isFromDevice || !isSameUser(to, creator) || !isComplete) {
    world.blame(device, "call.reject-malformed", `reject from ${from} to ${to} of a call by ${creator}`);
  }
  return call;
}

function acknowledge(
  world: World,
  connection: Connection,
  received: Stanza,
  reject: Stanza,
  errorCode: number | null,
  treatment: RejectTreatment,
): void {
  const isError = treatment === "refused" || !world.calls.has(reject.attrs["call-id"] ?? "");
  connection.send(
    stanza("ack", {
      class: "call",
      type: "reject",
      id: received.attrs.id,
      from: received.attrs.to,
      error: isError ? String(errorCode ?? 404) : undefined,
    }),
  );
}
