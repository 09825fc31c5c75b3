import { LinkedDevice } from "./accounts/linked-device.ts";
import type { SimulatedPhone } from "./accounts/simulated-phone.ts";
import type { Connection } from "./connection/connection.ts";
import type { ReachoutTimelock, RejectFault } from "./faults.ts";
import { type Stanza, stanza } from "./wire/binary-node.ts";
import type { CertificateDefect } from "./wire/certificates.ts";
import { SERVER_JID } from "./wire/jid.ts";
import { truncatedStanza } from "./wire/truncated-stanza.ts";
import type { World } from "./world.ts";

/** All linked devices of a phone, or one of them. */
export type FaultTarget = SimulatedPhone | LinkedDevice;

/** What can be made to go wrong. Faults with a count wear off; the others hold until they are set back. */
export class FaultControls {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Answers the next upgrades with an HTTP error; `isKeptOpen` leaves the TCP connection open after it. */
  refuseUpgrade(status: number, options: { count?: number; isKeptOpen?: boolean } = {}): void {
    const { count = 1, isKeptOpen = false } = options;
    this.#world.listenerFaults.refusedUpgrades = { status, isKeptOpen, remainingCount: count };
  }

  /** Accepts the next web sockets and never says a word. */
  silentHandshake(count = 1): void {
    this.#world.listenerFaults.silentHandshakeCount = count;
  }

  /** Presents a defective certificate chain in the next handshakes. */
  defectiveCertificate(defect: CertificateDefect = "foreign-root", count = 1): void {
    this.#world.listenerFaults.certificateDefect = { defect, remainingCount: count };
  }

  /** Ends the stream with an error: 515, 503, 500, or 401 with a child. */
  streamError(target: FaultTarget, code: number, child?: Stanza): void {
    this.#end(target, stanza("stream:error", { code: String(code) }, child === undefined ? undefined : [child]));
  }

  /** Ends the stream because another connection took over. The client sees 440. */
  conflict(target: FaultTarget): void {
    this.#end(target, stanza("stream:error", {}, [stanza("conflict", { type: "replaced" })]));
  }

  /** Ends the stream with `failure`, as the server does for 401, 402, 403, 405, 406, 500, 503. */
  failure(target: FaultTarget, reason: number): void {
    this.#end(target, stanza("failure", { reason: String(reason) }));
  }

  /** Ends the stream with `xmlstreamend`. */
  endStream(target: FaultTarget): void {
    this.#end(target, stanza("xmlstreamend"));
  }

  /** Closes the web socket in an orderly way, without a word on the stream. */
  close(target: FaultTarget): void {
    for (const connection of this.#connections(target)) connection.close();
  }

  /** Cuts the TCP connection. */
  cut(target: FaultTarget): void {
    for (const connection of this.#connections(target)) connection.terminate();
  }

  /** Stops reading and writing although the connection stays open. */
  stall(target: FaultTarget): void {
    for (const connection of this.#connections(target)) connection.isStalled = true;
  }

  /** Sends a frame that is sealed rightly but holds no stanza (`truncated`) or was never sealed (`unsealed`). */
  garbageFrame(target: FaultTarget, kind: "truncated" | "unsealed" = "truncated"): void {
    for (const connection of this.#connections(target)) {
      if (kind === "truncated") connection.sendPlaintext(truncatedStanza());
      else connection.sendRaw(Buffer.concat([Buffer.from([0, 0, 64]), this.#world.randomness.bytes(64)]));
    }
  }

  /** Sends `ib/dirty account_sync` out of turn; just before a close it is a race some clients lose. */
  dirty(target: FaultTarget): void {
    const dirty = stanza("dirty", { type: "account_sync", timestamp: this.#world.timestamp() });
    for (const connection of this.#connections(target)) connection.send(stanza("ib", { from: SERVER_JID }, [dirty]));
  }

  /** Refuses the next logins with `failure reason`. */
  failNextLogin(phone: SimulatedPhone, reason: number, count = 1): void {
    this.#world.faultsOf(phone.account).loginFailure = { reason, remainingCount: count };
  }

  /** Refuses the next messages to others with an error in the ack: 463, 403, 479. They reach nobody. */
  failMessages(phone: SimulatedPhone, failure: { code: number; count?: number | undefined }): void {
    const remainingCount = failure.count ?? Number.POSITIVE_INFINITY;
    this.#world.faultsOf(phone.account).messages = { code: failure.code, remainingCount };
  }

  /** The next rejects end the call but get no ack. */
  dropRejectAcks(phone: SimulatedPhone, count = 1): void {
    this.#treatRejects(phone, { treatment: "unanswered", errorCode: 0, remainingCount: count });
  }

  /** The next rejects are acked but the call rings on. */
  ignoreRejects(phone: SimulatedPhone, count = 1): void {
    this.#treatRejects(phone, { treatment: "ignored", errorCode: 0, remainingCount: count });
  }

  /** The next rejects are acked with an error and the call rings on. */
  refuseRejects(phone: SimulatedPhone, errorCode: number, count = 1): void {
    this.#treatRejects(phone, { treatment: "refused", errorCode, remainingCount: count });
  }

  /** Never answers the next queries of a namespace such as `usync` or `encrypt`. */
  dropQueries(phone: SimulatedPhone, xmlns: string, count = 1): void {
    this.#world.faultsOf(phone.account).queries.push({ xmlns, errorCode: null, remainingCount: count });
  }

  /** Answers the next queries of a namespace with an error. */
  failQueries(phone: SimulatedPhone, xmlns: string, errorCode: number, count = 1): void {
    this.#world.faultsOf(phone.account).queries.push({ xmlns, errorCode, remainingCount: count });
  }

  /** Answers every query this much later; 0 sets it back. */
  delayQueries(phone: SimulatedPhone, delayMs: number): void {
    this.#world.faultsOf(phone.account).queryDelayMs = delayMs;
  }

  /** Sets the reach-out time-lock that clients may ask for, and tells those that are online. */
  setTimelock(phone: SimulatedPhone, timelock: Partial<ReachoutTimelock>): void {
    const faults = this.#world.faultsOf(phone.account);
    faults.timelock = { isActive: true, endsAt: null, enforcementType: "DEFAULT", ...timelock };
    const { isActive, endsAt, enforcementType } = faults.timelock;
    const value = {
      is_active: isActive,
      time_enforcement_ends: endsAt === null ? undefined : this.#world.timestamp(endsAt),
      enforcement_type: enforcementType,
    };
    const data = JSON.stringify({ data: { xwa2_notify_account_reachout_timelock: value } });
    const update = stanza("update", { op_name: "NotificationUserReachoutTimelockUpdate" }, Buffer.from(data));
    for (const device of phone.devices) device.deliver(this.#notification("mex", update));
  }

  /** Leaves a device only `count` one-time keys on the server. Clients are told when it is low. */
  drainPreKeys(device: LinkedDevice, count = 0): void {
    for (const id of [...device.preKeys.keys()].slice(count)) device.preKeys.delete(id);
    device.deliver(this.#notification("encrypt", stanza("count", { value: String(device.preKeys.size) })));
  }

  #notification(type: string, child: Stanza): Stanza {
    const attributes = { id: this.#world.newStanzaId(), from: SERVER_JID, type, t: this.#world.timestamp() };
    return stanza("notification", attributes, [child]);
  }

  #treatRejects(phone: SimulatedPhone, fault: RejectFault): void {
    this.#world.faultsOf(phone.account).rejects = fault;
  }

  #end(target: FaultTarget, last: Stanza): void {
    for (const connection of this.#connections(target)) {
      connection.send(last);
      connection.close();
    }
  }

  #connections(target: FaultTarget): Connection[] {
    const devices = target instanceof LinkedDevice ? [target] : target.devices;
    return [...this.#world.connections].filter(({ device }) => device !== null && devices.includes(device));
  }
}
