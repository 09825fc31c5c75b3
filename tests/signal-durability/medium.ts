import { setImmediate, setTimeout } from "node:timers/promises";
import type { Random } from "./random.ts";

/** What a store or a network is made of: the time that one passage takes. */
export type Medium = () => Promise<void>;

/** A medium that takes 0 to `latencyMsMax` milliseconds, drawn anew for each passage. */
export function makeMedium(random: Random, latencyMsMax: number): Medium {
  return async () => {
    const latencyMs = random.below(latencyMsMax + 1);
    await (latencyMs === 0 ? setImmediate() : setTimeout(latencyMs));
  };
}
