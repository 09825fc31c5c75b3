import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";

const run = promisify(execFile);

async function runProgram(name: string, ...args: string[]): Promise<{ stdout: string; stderr: string }> {
  return run(process.execPath, [fileURLToPath(new URL(`./test-programs/${name}`, import.meta.url)), ...args]);
}

async function probe(client: "stock" | "repaired"): Promise<Record<string, unknown>> {
  const { stdout } = await runProgram("probe.ts", client);
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
}

describe("client repairs", () => {
  let stock: Record<string, unknown>;
  let repaired: Record<string, unknown>;
  beforeAll(async () => {
    [stock, repaired] = await Promise.all([probe("stock"), probe("repaired")]);
  });

  it("runs a queued libsignal job in its own caller’s context", () => {
    expect(stock).toHaveProperty("foreignContext", true);
    expect(repaired).toHaveProperty("foreignContext", false);
  });

  it("leaves a session intact when a message of another session is tried on it", () => {
    expect(stock).toHaveProperty("damagedSession", true);
    expect(repaired).toHaveProperty("damagedSession", false);
  });

  it("refuses a forged signature and accepts a genuine one", () => {
    expect(stock).toHaveProperty("acceptsForgery", true);
    expect(repaired).toHaveProperty("acceptsForgery", false);
    expect(repaired).toHaveProperty("refusesGenuine", false);
  });

  it("keeps libsignal’s sessions out of the output and everybody else’s lines in it", async () => {
    const before = await runProgram("close-session.ts", "stock");
    const after = await runProgram("close-session.ts", "repaired");
    expect(before.stdout).toContain("the-private-key");
    expect(after.stdout).toBe("own log\nown info\n");
    expect(after.stderr).toBe("own warn\nown error\n");
  });

  it("refuses to start when the client was loaded before its repairs", async () => {
    await expect(runProgram("wrong-order.ts")).rejects.toMatchObject({
      stderr: expect.stringContaining("RepairError"),
    });
  });

  it("comes first also where the client is imported in the same graph, which Node links before anything runs", async () => {
    const { stdout } = await runProgram("one-graph.ts");
    expect(JSON.parse(stdout)).toEqual({ forged: false, same: true });
  });

  it("installs once however often it is asked, for import and require alike", async () => {
    const { stdout } = await runProgram("install-twice.ts");
    expect(JSON.parse(stdout)).toEqual({ forged: false, same: true });
  });
});
