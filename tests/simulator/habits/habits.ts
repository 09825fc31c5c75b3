import { setTimeout as delay } from "node:timers/promises";
import type { SimulatedPerson } from "../accounts/simulated-person.ts";
import type { Simulator } from "../simulator.ts";
import { type DemoPhones, provideDemoPhones } from "./demo-phones.ts";
import { HABITS, type Habit } from "./habit-table.ts";
import { deliverPastCalls } from "./history.ts";
import { createNewcomer } from "./newcomers.ts";
import { Scene, type Span } from "./scene.ts";

/** Between the beginnings of two scenes. */
const PACE: Span = [2_000, 6_000];
const OPENING_PACE_MS = 400;

interface Regular {
  readonly person: SimulatedPerson;
  turnsLeft: number;
  isBusy: boolean;
}

/** People who call and write by themselves, each with a habit. They wait until {@link resume} is called. */
export class Habits {
  readonly phones: DemoPhones;
  readonly #simulator: Simulator;
  readonly #regulars = new Map<Habit, Regular[]>();
  readonly #habitOf = new Map<SimulatedPerson, Habit>();
  readonly #stopping = new AbortController();
  #isPaused = true;
  #hasBegun = false;

  constructor(simulator: Simulator) {
    this.#simulator = simulator;
    this.phones = provideDemoPhones(simulator);
    for (const habit of HABITS) {
      this.#regulars.set(
        habit,
        Array.from({ length: habit.people }, () => this.#welcome(habit)),
      );
    }
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Somebody's habit; null for people who do nothing by themselves. */
  habitOf(person: SimulatedPerson): Habit | null {
    return this.#habitOf.get(person) ?? null;
  }

  /** Lets people act. The first time, the calls of the days before are delivered. */
  resume(): void {
    this.#isPaused = false;
    this.#simulator.transcript.add("habits-resumed");
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    // It ends by the signal of stop() only.
    this.#run(this.#stopping.signal).catch(() => undefined);
  }

  /** Lets nobody begin anything new; what is under way goes on to its end. */
  pause(): void {
    this.#isPaused = true;
    this.#simulator.transcript.add("habits-paused");
  }

  /** Ends everything at once, for good. */
  stop(): void {
    this.#isPaused = true;
    this.#stopping.abort();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { world } = this.#simulator;
    await deliverPastCalls(world, this.phones, [...this.#habitOf.keys()], signal);
    for (const habit of HABITS) {
      this.#takeTurn(habit);
      await delay(OPENING_PACE_MS, undefined, { signal });
    }
    for (;;) {
      await delay(world.randomness.integer(...PACE), undefined, { signal });
      this.#takeTurn(this.#pickHabit());
    }
  }

  #pickHabit(): Habit {
    const total = HABITS.reduce((sum, { weight }) => sum + weight, 0);
    let left = this.#simulator.world.randomness.integer(0, total);
    for (const habit of HABITS) {
      left -= habit.weight;
      if (left < 0) return habit;
    }
    throw new Error("the weights of the habits do not add up");
  }

  #takeTurn(habit: Habit): void {
    const regular = this.#regulars.get(habit)?.find(({ isBusy }) => !isBusy);
    if (this.#isPaused || regular === undefined) return;
    regular.isBusy = true;
    const scene = new Scene(this.#simulator.world, this.phones, regular.person, this.#stopping.signal);
    habit
      .act(scene)
      .catch((err: unknown) => this.#noteFailure(habit, err))
      .finally(() => this.#endTurn(habit, regular));
  }

  /** The next scene may go better; a scene that was stopped has not failed. */
  #noteFailure({ name }: Habit, err: unknown): void {
    if (!this.#stopping.signal.aborted) {
      this.#simulator.transcript.add("scene-failed", null, { habit: name, reason: String(err) });
    }
  }

  #endTurn(habit: Habit, regular: Regular): void {
    regular.isBusy = false;
    regular.turnsLeft--;
    const others = (this.#regulars.get(habit) ?? []).filter((other) => other !== regular);
    // Whoever had a turn goes to the end, so that all get theirs.
    this.#regulars.set(habit, [...others, regular.turnsLeft > 0 ? regular : this.#welcome(habit)]);
  }

  #welcome(habit: Habit): Regular {
    const person = createNewcomer(this.#simulator, habit.hasNumber);
    this.#habitOf.set(person, habit);
    return { person, turnsLeft: habit.turns, isBusy: false };
  }
}
