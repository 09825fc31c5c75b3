import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrateDatabase } from "@switchboard/db/migrate";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findFreePort } from "../../support/free-ports.ts";
import { startApi, untilListening } from "./support/api-process.ts";

// Each test starts a process from its sources, which on a busy machine takes a while.

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "switchboard-api-process-"));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

describe("the api process", () => {
  it("serves, prints the setup code it keeps, and ends well when told to", async () => {
    await migrateDatabase(`file:${dataDir}/switchboard.db`);
    const port = await findFreePort();
    const api = startApi(dataDir, { API_PORT: String(port) });
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
    const ended = await startApi(dataDir, env);
    expect(ended.exitCode).toBe(1);
    expect(ended.stderr).toMatch(sentence);
    expect(ended.stderr).not.toMatch(/\n\s+at /);
  });
});
