import { setTimeout as delay } from "node:timers/promises";
import type { PlaceCallOptions, SimulatedPerson } from "../accounts/simulated-person.ts";
import type { SimulatedPhone } from "../accounts/simulated-phone.ts";
import type { CallState, SimulatedCall } from "../calls/simulated-call.ts";
import type { World } from "../world.ts";
import type { DemoPhones } from "./demo-phones.ts";

/** From how many milliseconds to how many. */
export type Span = readonly [fromMs: number, toMs: number];

/** What a caller's habit may do. Everything in it ends early, with an AbortError, when the simulator stops. */
export class Scene {
  readonly caller: SimulatedPerson;
  readonly phones: DemoPhones;
  readonly #world: World;
  readonly #signal: AbortSignal;

  constructor(world: World, phones: DemoPhones, caller: SimulatedPerson, signal: AbortSignal) {
    this.#world = world;
    this.phones = phones;
    this.caller = caller;
    this.#signal = signal;
  }

  /** Calls, and hangs up after `patience`. Resolves when the call is over; "rejected" when it was turned away. */
  async callBriefly(phone: SimulatedPhone, patience: Span): Promise<CallState> {
    return this.#call(this.caller.placeCall(phone), patience, (call) => call.hangUp());
  }

  /** Calls, and waits until the call is over. Who is not turned away hangs up after `patience`, or somebody answers. */
  async call(phone: SimulatedPhone, patience: Span, options: PlaceCallOptions = {}): Promise<CallState> {
    return this.#call(this.caller.placeCall(phone, options), patience, (call) => this.#end(call));
  }

  /** Writes a text. */
  async write(phone: SimulatedPhone, text: string): Promise<void> {
    await this.caller.sendText(phone, text);
  }

  /** Lets some time pass. */
  async pause(span: Span): Promise<void> {
    await delay(this.#between(span), undefined, { signal: this.#signal });
  }

  /** One of several. */
  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.#world.randomness.integer(0, choices.length)] ?? choices[0];
  }

  /** Most callers give up; some are answered on the phone, some declined there, some hear it ring out. */
  #end(call: SimulatedCall): void {
    this.pick([
      () => call.hangUp(),
      () => call.hangUp(),
      () => call.acceptElsewhere(),
      () => call.rejectElsewhere(),
      () => call.timeOut(),
    ])();
  }

  async #call(call: SimulatedCall, patience: Span, end: (call: SimulatedCall) => void): Promise<CallState> {
    await this.#untilOver(call, this.#between(patience));
    if (call.state === "ringing") end(call);
    return call.state;
  }

  #between([fromMs, toMs]: Span): number {
    return this.#world.randomness.integer(fromMs, toMs);
  }

  async #untilOver(call: SimulatedCall, patienceMs: number): Promise<void> {
    const over = new AbortController();
    const unfollow = this.#world.transcript.follow(({ kind, detail }) => {
      if (kind === "call-ended" && detail.callId === call.id) over.abort();
    });
    const signal = AbortSignal.any([over.signal, this.#signal]);
    if (call.state === "ringing") await delay(patienceMs, undefined, { signal }).catch(() => undefined);
    unfollow();
    this.#signal.throwIfAborted();
  }
}
