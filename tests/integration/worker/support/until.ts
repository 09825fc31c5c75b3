import { setTimeout as pause } from "node:timers/promises";

const LIMIT_MS = 60_000;
const LOOK_EVERY_MS = 20;

/** The first value of `look` that is neither null nor false. @throws after a minute, with what `describe` then answers */
export async function until<T>(
  look: () => T | null | false | Promise<T | null | false>,
  describe: () => unknown = () => null,
): Promise<T> {
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    const value = await look();
    if (value !== null && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`waited in vain; last seen: ${JSON.stringify(await describe())}`);
    await pause(LOOK_EVERY_MS);
  }
}
