import { createSubscriber } from "svelte/reactivity";

/** Ages are shown in whole seconds while they are young; more often nobody can read it. */
const TICK_MS = 1_000;

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, TICK_MS);
  return () => clearInterval(timer);
});

/** The time by this machine. What reads it in a page is shown anew every second, while it is shown. */
export const clock = {
  get nowMs(): number {
    subscribe();
    return Date.now();
  },
};
