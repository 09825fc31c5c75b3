import type { Simulator } from "../index.ts";
import { Sights } from "../watch/sights.ts";

/** Prints what people see on their phones, a line each, until the returned function is called. */
export function narrate(simulator: Simulator): () => void {
  const sights = new Sights(simulator.world);
  sights.follow(({ person, text }) => {
    const habit = simulator.habits?.habitOf(person)?.name;
    console.log(`${person.account.name}${habit === undefined ? "" : ` (${habit})`} ${text}`);
  });
  return () => sights.close();
}
