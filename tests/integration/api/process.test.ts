import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { migrateDatabase } from "@switchboard/db/migrate";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

// Each test starts a process from its sources, which on a busy machine takes a while.
vi.setConfig({ testTimeout: 120_000 });

const ENTRY = fileURLToPath(new URL("../../../api/src/entry.node.ts", import.meta.url));

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "switchboard-api-process-"));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const startApi = (env: Record<string, string>) =>
  execa(process.execPath, [ENTRY], { env: { DATA_DIR: dataDir, ...env }, extendEnv: false, reject: false, all: true });

/** A port that was free a moment ago; the process under test takes no port 0. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** Waits for the line that says it listens; answers what was printed. Fails when the process ends before. */
function untilListening(api: ReturnType<typeof startApi>): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let output = "";
  api.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
    if (output.includes('"listening"')) resolve(output);
  });
  api.then(({ all }) => reject(new Error(`the api ended: ${all}`)));
  return promise;
}

describe("the api process", () => {
  it("serves, prints the setup code it keeps, and ends well when told to", async () => {
    await migrateDatabase(`file:${dataDir}/switchboard.db`);
    const port = await freePort();
    const api = startApi({ API_PORT: String(port) });
    const output = await untilListening(api);
    const code = (await readFile(join(dataDir, "setup-code"), "utf8")).trim();
    expect(output.split(code)).toHaveLength(2);
    const ready = await fetch(`http://127.0.0.1:${port}/ready`);
    expect(ready.status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(200);
    api.kill("SIGTERM");
    expect((await api).exitCode).toBe(0);
  });

  it.each([
    [{ API_PORT: "0", LOG_LEVEL: "loud" }, /^API_PORT .*\nLOG_LEVEL /],
    [{ MASTER_KEY: "short" }, /^MASTER_KEY /],
  ])("with %j says why in a sentence and ends with 1", async (env, sentence) => {
    const ended = await startApi(env);
    expect(ended.exitCode).toBe(1);
    expect(ended.stderr).toMatch(sentence);
    expect(ended.stderr).not.toMatch(/\n\s+at /);
  });
});
