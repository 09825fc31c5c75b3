import type { Habits } from "../habits/habits.ts";
import type { Simulator } from "../simulator.ts";
import { ControlError, type Route } from "./route.ts";

/** Commands about people who call and write by themselves. */
export const HABIT_ROUTES: readonly Route[] = [
  { command: "GET /habits", run: ({ simulator }) => viewHabits(findHabits(simulator)) },
  { command: "POST /habits/resume", run: ({ simulator }) => change(simulator, (habits) => habits.resume()) },
  { command: "POST /habits/pause", run: ({ simulator }) => change(simulator, (habits) => habits.pause()) },
];

function change(simulator: Simulator, act: (habits: Habits) => void) {
  const habits = findHabits(simulator);
  act(habits);
  return viewHabits(habits);
}

/** The phones stand in the order day, night, spare. */
function viewHabits({ isPaused, phones }: Habits) {
  const { day, night, spare } = phones;
  return { isPaused, phones: [day, night, spare].map(({ account }) => account.phoneNumber) };
}

function findHabits({ habits }: Simulator): Habits {
  if (habits === null) throw new ControlError(409, "nobody here has habits; start the simulator with --habits");
  return habits;
}
