import type { Database } from "@switchboard/db/types";
import type fc from "fast-check";

/**
 * Lets several actors go on one at a time, in the order a scheduler chooses: each waits for its turn before a call of the
 * database leaves and before its answer arrives. The next one is let on only when nobody moves any more, so that the
 * scheduler's choices are the whole order and repeat it.
 */
export class Turns {
  /** Turns given so far: the time of the run. */
  now = 0;
  readonly #scheduler: fc.Scheduler;
  #moving = 0;
  #stillness = Promise.withResolvers<void>();

  constructor(scheduler: fc.Scheduler) {
    this.#scheduler = scheduler;
  }

  /** Plays all actors to their ends. @throws what one of them throws */
  async play(actors: readonly (() => Promise<void>)[]): Promise<void> {
    this.#moving = actors.length;
    const played = Promise.all(
      actors.map((actor) =>
        actor().finally(() => {
          this.#rest();
        }),
      ),
    );
    // Whoever fails first is told of by `waitFor`.
    played.catch(() => undefined);
    await this.#untilStill();
    await this.#scheduler.waitFor(played, async (letOn) => {
      this.now += 1;
      this.#moving += 1;
      await letOn();
      await this.#untilStill();
    });
  }

  /** What one actor does at the same time. */
  async together(works: readonly (() => Promise<void>)[]): Promise<void> {
    this.#moving += works.length - 1;
    let open = works.length;
    await Promise.all(
      works.map((work) =>
        work().finally(() => {
          open -= 1;
          // The actor itself goes on when the last one is done.
          if (open > 0) this.#rest();
        }),
      ),
    );
  }

  /** Resolves when the scheduler gives this actor its turn. */
  async turn(label: string): Promise<void> {
    const given = this.#scheduler.schedule(Promise.resolve(), label);
    this.#rest();
    await given;
  }

  /** Resolves after so many turns: others go on meanwhile. */
  async wait(turns: number, label: string): Promise<void> {
    for (let turn = 0; turn < turns; turn += 1) await this.turn(label);
  }

  #rest(): void {
    this.#moving -= 1;
    if (this.#moving <= 0) this.#stillness.resolve();
  }

  async #untilStill(): Promise<void> {
    if (this.#moving <= 0) return;
    this.#stillness = Promise.withResolvers();
    await this.#stillness.promise;
  }
}

/** The database as `who` reaches it: each call is on its way for a turn, and so is each answer. */
export function interleaved(real: Database, turns: Turns, who: string): Database {
  const send = async <T>(what: string, call: () => PromiseLike<T>): Promise<T> => {
    await turns.turn(`${who} asks: ${what}`);
    const outcome = await Promise.resolve(call()).then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    await turns.turn(`${who} is answered: ${what}`);
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  };
  return {
    ...real,
    reader: slowly(real.reader, send),
    autocommit: slowly(real.autocommit, send),
    write: (work) => send("write", () => real.write(work)),
    writeBatch: (build) => send("batch of writes", () => real.writeBatch(build)),
    readBatch: (build) => send("batch of reads", () => real.readBatch(build)),
  };
}

type Send = <T>(what: string, call: () => PromiseLike<T>) => Promise<T>;

/** Queries wait for their turn when they are awaited; until then they are being built. */
function slowly<T extends object>(target: T, send: Send): T {
  return new Proxy(target, {
    get(inner, name) {
      const member: unknown = Reflect.get(inner, name, inner);
      if (typeof member !== "function") return member;
      if (name === "then")
        return (onValue: (value: unknown) => unknown, onError: (err: unknown) => unknown) =>
          send("read", () => inner as T & PromiseLike<unknown>).then(onValue, onError);
      return (...args: unknown[]) => {
        const made: unknown = Reflect.apply(member, inner, args);
        return typeof made === "object" && made !== null ? slowly(made, send) : made;
      };
    },
  });
}
