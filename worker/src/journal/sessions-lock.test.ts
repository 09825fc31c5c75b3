import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SessionsInUseError, SessionsLock } from "./sessions-lock.ts";

const MODULE = new URL("sessions-lock.ts", import.meta.url).href;
/** Takes the lock, says so, and stays. What nobody refers to is collected, and the lock is let go with it. */
const HOLDER = `import { SessionsLock } from ${JSON.stringify(MODULE)};
const lock = new SessionsLock(process.argv[1], "worker-1");
await lock.take();
console.log("taken");
setInterval(() => lock, 1000);`;

describe("the files of a worker's sessions", () => {
  let dataDir: string;
  let lock: SessionsLock;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "switchboard-lock-"));
    lock = new SessionsLock(dataDir, "worker-1");
  });
  afterEach(async () => {
    lock.release();
    await rm(dataDir, { recursive: true, force: true });
  });

  it("are written by one process of its name, and by the next as soon as that was killed", async () => {
    const holder = spawn(process.execPath, ["--input-type=module", "-e", HOLDER, dataDir], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      await once(holder.stdout, "data");
      await expect(lock.take()).rejects.toThrow(SessionsInUseError);
    } finally {
      holder.kill("SIGKILL");
      await once(holder, "exit");
    }
    await lock.take();
    await lock.take();
  });

  it("are not those of another worker with the same folder", async () => {
    await lock.take();
    const other = new SessionsLock(dataDir, "worker-2");
    await other.take();
    other.release();
    await expect(new SessionsLock(dataDir, "worker-1").take()).rejects.toThrow("WORKER_ID worker-1");
  });
});
