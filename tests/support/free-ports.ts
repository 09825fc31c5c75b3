import { once } from "node:events";
import { createServer } from "node:net";

/** Below the ports that systems give to outgoing connections, so that none of those takes one that was found free. */
const FIRST_PORT = 12_000;
/** Each of the files that run at the same time has ports of its own. */
const PORTS_PER_FILE = 2_000;

const firstOfFile = FIRST_PORT + (Number(process.env.VITEST_POOL_ID ?? 1) % 8) * PORTS_PER_FILE;
let next = Math.floor(Math.random() * PORTS_PER_FILE);

/** Finds so many different ports that nothing listens on now, on 127.0.0.1. */
export async function findFreePorts(howMany: number): Promise<number[]> {
  const found: number[] = [];
  while (found.length < howMany) found.push(await findFreePort());
  return found;
}

/** Finds a port that nothing listens on now, on 127.0.0.1; another one with each call. */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = firstOfFile + (next++ % PORTS_PER_FILE);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  } catch {
    return false;
  }
  await once(server.close(), "close");
  return true;
}
