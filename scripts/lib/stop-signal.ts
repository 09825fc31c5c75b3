import { say } from "./output.ts";

/** A terminal and npm both pass on one Ctrl-C; only a later signal is a second wish. */
const SAME_WISH_MS = 1_000;

/** Tells that the user, the terminal or the service manager wants the program to end. */
export type StopRequest = {
  signal: AbortSignal;
  /** Resolves at the first signal. */
  requested: Promise<void>;
};

/** Listens for SIGINT, SIGTERM and SIGHUP. A second one, a second or more later, ends this process at once. */
export function listenForStop(): StopRequest {
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  let firstMs: number | undefined;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      firstMs ??= performance.now();
      if (performance.now() - firstMs > SAME_WISH_MS) {
        process.exit(1);
      }
      if (!controller.signal.aborted) {
        say(`Stopping (${name})`);
        controller.abort();
        resolve();
      }
    });
  }
  return { signal: controller.signal, requested: promise };
}
