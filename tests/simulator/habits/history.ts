import { setTimeout as delay } from "node:timers/promises";
import type { SimulatedPerson } from "../accounts/simulated-person.ts";
import type { SimulatedPhone } from "../accounts/simulated-phone.ts";
import type { World } from "../world.ts";
import type { DemoPhones } from "./demo-phones.ts";

const DAYS = 6;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** The server hands a backlog over quickly, but one after the other. */
const GAP_MS = 15;

/**
 * Delivers the calls of the days before, as the server does at a login: late, long over, and marked so. A bot writes
 * them into its history and does nothing about them.
 */
export async function deliverPastCalls(
  world: World,
  phones: DemoPhones,
  callers: readonly SimulatedPerson[],
  signal: AbortSignal,
): Promise<void> {
  for (let day = DAYS; day >= 1; day--) {
    await deliverDay(world, { phone: phones.day, callers, daysAgo: day, callsMin: 4, callsMax: 9 }, signal);
    await deliverDay(world, { phone: phones.night, callers, daysAgo: day, callsMin: 1, callsMax: 4 }, signal);
  }
}

interface PastDay {
  readonly phone: SimulatedPhone;
  readonly callers: readonly SimulatedPerson[];
  readonly daysAgo: number;
  readonly callsMin: number;
  readonly callsMax: number;
}

async function deliverDay(world: World, day: PastDay, signal: AbortSignal): Promise<void> {
  const { randomness } = world;
  const count = randomness.integer(day.callsMin, day.callsMax);
  for (let call = 0; call < count; call++) {
    const caller = day.callers[randomness.integer(0, day.callers.length)];
    const minutes = randomness.integer(0, 8 * 60) - 4 * 60;
    const at = new Date(Date.now() - day.daysAgo * DAY_MS + minutes * MINUTE_MS);
    if (caller === undefined || at.getTime() > Date.now()) continue;
    caller
      .placeCall(day.phone, { at, offline: true, kind: randomness.integer(0, 5) === 0 ? "video" : "voice" })
      .timeOut();
    await delay(GAP_MS, undefined, { signal });
  }
}
