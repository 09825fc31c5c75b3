import { setTimeout as pause } from "node:timers/promises";
import type { SimulatedCall, SimulatedContact, SimulatedPhone } from "../../simulator/index.ts";

/** Messages come in bursts, so that at every moment some are under way. */
const BURST = 4;
const BURST_EVERY_MS = 400;
const CALL_EVERY_MS = 2_500;
/** How long a caller lets it ring. */
const RING_MS = 2_000;

/** People who write and call without a pause, whoever holds the bot. */
export class Conversation {
  /** Ids of the messages that were sent, with their texts. */
  readonly sent = new Map<string, string>();
  readonly calls: SimulatedCall[] = [];
  readonly #phone: SimulatedPhone;
  readonly #writers: readonly SimulatedContact[];
  readonly #callers: readonly SimulatedContact[];
  readonly #stopping = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(
    phone: SimulatedPhone,
    people: { writers: readonly SimulatedContact[]; callers: readonly SimulatedContact[] },
  ) {
    this.#phone = phone;
    this.#writers = people.writers;
    this.#callers = people.callers;
  }

  begin(): void {
    this.#running = Promise.all([this.#write(), this.#call()]);
  }

  /** Resolves when the last message is sent and nobody lets it ring any more. */
  async end(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #write(): Promise<void> {
    for (const { person, count } of this.#turns(this.#writers)) {
      const text = `message ${count}`;
      this.sent.set(await person.sendText(this.#phone, text), text);
      if (count % BURST === BURST - 1) await pause(BURST_EVERY_MS);
    }
  }

  async #call(): Promise<void> {
    for (const { person } of this.#turns(this.#callers)) {
      const call = person.placeCall(this.#phone);
      this.calls.push(call);
      await pause(RING_MS);
      call.hangUp();
      await pause(CALL_EVERY_MS - RING_MS);
    }
  }

  *#turns(people: readonly SimulatedContact[]): Iterable<{ person: SimulatedContact; count: number }> {
    for (let count = 0; !this.#stopping.signal.aborted; count++) {
      const person = people[count % people.length];
      if (person === undefined) return;
      yield { person, count };
    }
  }
}
