import type { Account } from "../accounts/account.ts";
import { LinkedDevice } from "../accounts/linked-device.ts";
import { DEFAULT_WAIT_MS } from "../transcript.ts";
import type { Attributes, Stanza } from "../wire/binary-node.ts";
import { isSameUser } from "../wire/jid.ts";
import type { World } from "../world.ts";
import {
  type CallAppearance,
  type CallChild,
  callChild,
  callStanza,
  type TerminateReason,
  terminateChild,
} from "./call-stanzas.ts";

/** A reject as it reached the server. */
export interface RejectSeen {
  /** JID of the device that rejected. */
  readonly device: string;
  /** Moment of the inbound bytes on the monotonic clock (performance.now). */
  readonly seenAtMs: number;
  readonly to: string;
  readonly creator: string;
  /** Whether it named the caller in the address space of the call. */
  readonly isAddressedRight: boolean;
  /** Whether the call stopped ringing because of it. */
  readonly isEffective: boolean;
}

/** How a call stands: a rejected call is over, too. */
export type CallState = "ringing" | "rejected" | "ended";

/** How a call is announced. */
export interface CallOptions {
  readonly first: CallChild;
  readonly isCompressed: boolean;
  /** Mark the announcement as late although the bot is online. */
  readonly isMarkedOffline: boolean;
  /** The moment of the call as the stanzas tell it. */
  readonly at: Date;
  /** Name of the caller in `notify`. */
  readonly notify: string;
  /** LID of a caller shown by number; null leaves it out. */
  readonly senderLid: string | null;
}

interface IncomingReject {
  readonly device: LinkedDevice;
  readonly seenAtMs: number;
  readonly to: string;
  readonly creator: string;
  readonly isEffective: boolean;
}

/** A call that a simulated person places to an account with linked devices. */
export class SimulatedCall {
  readonly callee: Account;
  readonly appearance: CallAppearance;
  readonly rejects: RejectSeen[] = [];
  readonly #world: World;
  readonly #options: CallOptions;
  readonly #announced = new Map<LinkedDevice, Stanza>();
  #state: CallState = "ringing";
  #offerSentAtMs = 0;
  #rejectSeenAtMs: number | null = null;

  constructor(world: World, callee: Account, appearance: CallAppearance, options: CallOptions) {
    this.#world = world;
    this.callee = callee;
    this.appearance = appearance;
    this.#options = options;
  }

  get id(): string {
    return this.appearance.callId;
  }

  get state(): CallState {
    return this.#state;
  }

  /** Whether the announcement says that it is late: the call is long over. */
  get isMarkedOffline(): boolean {
    return this.#options.isMarkedOffline;
  }

  /** Moment the announcement was written to the wire or queued, on the monotonic clock (performance.now). */
  get offerSentAtMs(): number {
    return this.#offerSentAtMs;
  }

  /** Moment the first effective reject arrived, on the monotonic clock; null before. */
  get rejectSeenAtMs(): number | null {
    return this.#rejectSeenAtMs;
  }

  /** Rings on every linked device of the callee. */
  ring(): void {
    for (const device of this.#devices()) {
      this.#announced.set(device, this.#wrap(callChild(this.#world, this.#options.first, this.appearance)));
    }
    this.#offerSentAtMs = performance.now();
    for (const [device, announcement] of this.#announced) device.deliver(announcement, this.#options);
    this.#note("call-placed");
  }

  /** Sends a further child of the call, such as `transport`, or the offer after another first child. */
  send(kind: CallChild): void {
    for (const device of this.#devices()) {
      device.deliver(this.#wrap(callChild(this.#world, kind, this.appearance)), this.#options);
    }
  }

  /** Sends the very same announcement once more; `isMarkedOffline` as after a reconnect. */
  redeliver(isMarkedOffline = false): void {
    for (const [device, announcement] of this.#announced) {
      device.outbox.repeat(announcement, { ...this.#options, isMarkedOffline });
    }
    this.#note("call-redelivered");
  }

  /** The caller hangs up. */
  hangUp(): void {
    this.#end("ended", null);
  }

  /** Nobody answered in time. */
  timeOut(): void {
    this.#end("ended", "timeout");
  }

  /** The callee answers on the own phone. */
  acceptElsewhere(): void {
    this.#end("ended", "accepted_elsewhere");
  }

  /** The callee declines on the own phone. */
  rejectElsewhere(): void {
    this.#end("ended", "rejected_elsewhere");
  }

  /** Ends the call with any reason. */
  terminate(reason: TerminateReason): void {
    this.#end("ended", reason);
  }

  /** Takes note of a reject. Called by the server when one arrives. */
  noteReject(reject: IncomingReject): void {
    const isAddressedRight = isSameUser(reject.to, this.appearance.creator);
    if (!isAddressedRight) {
      const { creator } = this.appearance;
      this.#world.blame(reject.device, "call.reject-misaddressed", `${reject.to} instead of ${creator}`);
    }
    const isEffective = isAddressedRight && reject.isEffective && this.#state === "ringing";
    const { seenAtMs, to, creator } = reject;
    this.rejects.push({ device: reject.device.jid, seenAtMs, to, creator, isAddressedRight, isEffective });
    if (isEffective) {
      this.#rejectSeenAtMs = seenAtMs;
      this.#end("rejected", "rejected_elsewhere", reject.device);
    }
    this.#note("call-reject-seen", reject.device.jid, { isAddressedRight, isEffective });
  }

  /** Resolves with the reject that ended the call. @throws after `timeoutMs` without one */
  async waitRejected(timeoutMs: number = DEFAULT_WAIT_MS): Promise<RejectSeen> {
    await this.#waitFor("call-reject-seen", timeoutMs, (detail) => detail.isEffective === true);
    const effective = this.rejects.find(({ isEffective }) => isEffective);
    if (effective === undefined) throw new Error(`call ${this.id} was not rejected`);
    return effective;
  }

  /** Resolves with the next reject of whatever kind, or the first one. @throws after `timeoutMs` without one */
  async waitRejectSeen(timeoutMs: number = DEFAULT_WAIT_MS, count = 1): Promise<RejectSeen> {
    await this.#waitFor("call-reject-seen", timeoutMs, (detail) => Number(detail.rejectCount) >= count);
    const seen = this.rejects[count - 1];
    if (seen === undefined) throw new Error(`call ${this.id} was not rejected`);
    return seen;
  }

  /** Resolves with the final state. @throws after `timeoutMs` while it still rings */
  async waitSettled(timeoutMs: number = DEFAULT_WAIT_MS): Promise<CallState> {
    if (this.#state === "ringing") await this.#waitFor("call-ended", timeoutMs, () => true);
    return this.#state;
  }

  #end(state: "rejected" | "ended", reason: TerminateReason, exceptFor?: LinkedDevice): void {
    if (this.#state !== "ringing") return;
    this.#state = state;
    for (const device of this.#devices()) {
      if (device !== exceptFor) device.deliver(this.#wrap(terminateChild(this.appearance, reason)));
    }
    this.#note("call-ended", null, { state, reason });
  }

  #devices(): LinkedDevice[] {
    return [...this.callee.devices.values()].filter((device) => device instanceof LinkedDevice);
  }

  #wrap(child: Stanza): Stanza {
    const attributes: Attributes = {
      from: this.appearance.creator,
      t: this.#world.timestamp(this.#options.at),
      notify: this.#options.notify,
      sender_lid: this.#options.senderLid ?? undefined,
    };
    return callStanza(this.#world, attributes, child);
  }

  #note(kind: string, device: string | null = null, detail: Record<string, unknown> = {}): void {
    const rejectCount = this.rejects.length;
    this.#world.transcript.add(kind, device, { callId: this.id, rejectCount, ...detail });
  }

  async #waitFor(kind: string, timeoutMs: number, matches: (detail: Readonly<Record<string, unknown>>) => boolean) {
    await this.#world.transcript.waitFor(
      (event) => event.kind === kind && event.detail.callId === this.id && matches(event.detail),
      timeoutMs,
    );
  }
}
