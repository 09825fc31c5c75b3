import type { SimulatedPerson } from "../accounts/simulated-person.ts";
import type { World } from "../world.ts";
import { describeEvent, type Sight } from "./describe-event.ts";

const KEPT_PER_PERSON = 5;
const KEPT_ALTOGETHER = 40;

/** What people saw on their phones, the newest last. Only the newest are kept. */
export class Sights {
  /** Of everybody together. */
  readonly all: Sight[] = [];
  readonly #ofPerson = new Map<SimulatedPerson, Sight[]>();
  readonly #listeners = new Set<(sight: Sight) => void>();
  readonly #unfollow: () => void;

  constructor(world: World) {
    this.#unfollow = world.transcript.follow((event) => {
      const sight = describeEvent(world, event);
      if (sight !== null) this.#add(sight);
    });
  }

  of(person: SimulatedPerson): readonly Sight[] {
    return this.#ofPerson.get(person) ?? [];
  }

  /** Calls the listener with every sight from now on, until the returned function is called. */
  follow(listener: (sight: Sight) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Looks no further. */
  close(): void {
    this.#unfollow();
    this.#listeners.clear();
  }

  #add(sight: Sight): void {
    const own = this.#ofPerson.get(sight.person) ?? [];
    this.#ofPerson.set(sight.person, [...own, sight].slice(-KEPT_PER_PERSON));
    this.all.push(sight);
    if (this.all.length > KEPT_ALTOGETHER) this.all.shift();
    for (const listener of this.#listeners) listener(sight);
  }
}
