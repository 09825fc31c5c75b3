import { fileURLToPath } from "node:url";
import { execa } from "execa";

const ENTRY = fileURLToPath(new URL("../../../../api/src/entry.node.ts", import.meta.url));

/** Starts the api from its sources with these settings and no others. */
export const startApi = (dataDir: string, env: Readonly<Record<string, string>>) =>
  execa(process.execPath, [ENTRY], { env: { DATA_DIR: dataDir, ...env }, extendEnv: false, reject: false, all: true });

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
