import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const POLL_MS = 50;
const ANSWER_TIMEOUT_MS = 2_000;

/** Resolves when GET on the address answers 2xx; rejects only when the signal is aborted. */
export async function waitUntilReady(url: string, signal: AbortSignal): Promise<void> {
  while (!(await answersWell(url, signal))) {
    await delay(POLL_MS, undefined, { signal });
  }
}

async function answersWell(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

/** Whether this machine lets us listen there now. */
export function isPortFree(port: number, host: string): Promise<boolean> {
  return new Promise((settle, reject) => {
    const server = createServer();
    server.once("error", (err: NodeJS.ErrnoException) => {
      if (err.code === "EADDRINUSE") {
        settle(false);
      } else {
        reject(err);
      }
    });
    server.listen({ port, host, exclusive: true }, () => server.close(() => settle(true)));
  });
}

/** A port of this host that nothing listens on now; another program may take it meanwhile. */
export function findFreePort(host: string): Promise<number> {
  return new Promise((settle, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ port: 0, host }, () => {
      const address = server.address();
      server.close(() => settle(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
