import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { execa } from "execa";

const ENTRY = fileURLToPath(new URL("../../../../api/src/entry.node.ts", import.meta.url));

/** Starts the api from its sources with these settings and no others. */
export const startApi = (dataDir: string, env: Readonly<Record<string, string>>) =>
  execa(process.execPath, [ENTRY], { env: { DATA_DIR: dataDir, ...env }, extendEnv: false, reject: false, all: true });

/** A port that was free a moment ago; the process under test takes no port 0. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** Waits for the line that says it listens; answers what was printed. Fails when the process ends before. */
export function untilListening(api: ReturnType<typeof startApi>): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let output = "";
  api.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
    if (output.includes('"listening"')) resolve(output);
  });
  api.then(({ all }) => reject(new Error(`the api ended: ${all}`)));
  return promise;
}
