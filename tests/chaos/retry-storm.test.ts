import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addOwner } from "../integration/api/support/credentials.ts";
import { type HeldSession, holdSession } from "../integration/api/support/held-session.ts";
import { createTestApp, type TestApp } from "../integration/api/support/test-app.ts";
import { makeRandom, type Random } from "../signal-durability/random.ts";
import { chainRecord } from "./remote-holder.ts";
import { readChaosSize } from "./size.ts";

const { seed, factor, timeoutMs } = readChaosSize();
const BATCHES = 20 * factor;
/** Batches that are on their way at the same time. */
const AT_ONCE = 3;
const SENDS_MAX = 5;

describe("a holder that sends its batches again and again, in any order", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp({ settings: { requestsPerMinute: 100_000_000 } });
  });
  afterAll(() => app.dispose());

  it(
    `has each of them applied once and in their order (seed ${seed})`,
    async () => {
      const held = await holdSession(app, await addOwner(app.test));
      const { authRevision: start } = await held.custodyRow();
      const storm = new Storm(held, start, makeRandom(seed));
      await storm.run(BATCHES);
      process.stdout.write(`${BATCHES} batches, ${storm.sent} requests, ${storm.early} of them too early\n`);
      expect(storm.violations).toEqual([]);
      expect((await held.custodyRow()).authRevision).toBe(start + BATCHES);
      const { type, id } = chainRecord(0);
      const { body } = await held.read({ creds: true, keys: { [type]: [id] } });
      expect([body.creds.accountSyncCounter, body.keys[type][id]]).toEqual([BATCHES, String(BATCHES)]);
      expect(Math.min(storm.sent - BATCHES, storm.early)).toBeGreaterThan(BATCHES / 4);
    },
    timeoutMs,
  );
});

class Storm {
  sent = 0;
  early = 0;
  readonly violations: string[] = [];
  readonly #held: HeldSession;
  readonly #start: number;
  readonly #random: Random;
  readonly #acknowledged = new Set<number>();

  constructor(held: HeldSession, start: number, random: Random) {
    this.#held = held;
    this.#start = start;
    this.#random = random;
  }

  /** Waves of the next batches that are not acknowledged, each some times, all at once and out of order. */
  async run(batches: number): Promise<void> {
    for (let next = 1; next <= batches && this.violations.length === 0; ) {
      const open = Array.from({ length: Math.min(AT_ONCE, batches - next + 1) }, (_, index) => next + index);
      const wave = open.flatMap((sequence) =>
        Array.from({ length: 1 + this.#random.below(SENDS_MAX) }, () => ({
          sequence,
          at: sequence + 3 * this.#random.below(2),
        })),
      );
      await Promise.all(wave.toSorted((a, b) => a.at - b.at).map(({ sequence }) => this.#send(sequence)));
      while (this.#acknowledged.delete(next)) next += 1;
    }
  }

  async #send(sequence: number): Promise<void> {
    const { type, id } = chainRecord(0);
    const creds = { ...this.#held.credentials, accountSyncCounter: sequence };
    this.sent += 1;
    const { status, body } = await this.#held.batch(sequence, { creds, set: { [type]: { [id]: String(sequence) } } });
    const isEarly = status === 409 && body.code === "conflict" && body.expectedSeq < sequence;
    if (status === 200 && body.revision === this.#start + sequence) this.#acknowledged.add(sequence);
    else if (isEarly) this.early += 1;
    else if (status !== 503) this.violations.push(`batch ${sequence}: ${status} ${JSON.stringify(body)}`);
  }
}
