import { access, mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { askedBotId } from "@switchboard/core/services/branded-ids";
import { createTestContext, type TestContext } from "@switchboard/core/testing/test-context";
import { createLogger } from "@switchboard/host/logger";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMetrics } from "../metrics.ts";
import { type IsHeld, Leftovers } from "./leftovers.ts";
import { encodeHead } from "./sealed-file.ts";
import { type SessionFolder, sessionFolderOf, snapshotPathOf } from "./session-folder.ts";

const LONG_AGO_MS = 11 * 60_000;
const JUST_NOW_MS = 60_000;

describe("a folder in which no journal was begun", () => {
  let test: TestContext;
  let root: string;
  let folder: SessionFolder;

  beforeEach(async () => {
    test = await createTestContext();
    root = await mkdtemp(join(tmpdir(), "switchboard-leftovers-"));
    folder = sessionFolderOf(root, { botId: "bot_1", epoch: 3 });
    await mkdir(folder.path, { recursive: true });
  });
  afterEach(async () => {
    await rm(root, { recursive: true, force: true });
    await test.dispose();
  });

  const isThereAfter = async (ageMs: number, isHeld: IsHeld = () => false) => {
    const changedAt = (test.clock.nowMs() - ageMs) / 1000;
    await utimes(folder.path, changedAt, changedAt);
    const ctx = test.as({ kind: "worker", workerId: "worker-1" });
    const logger = createLogger("worker", "silent");
    await new Leftovers({ ctx, workerId: "worker-1", root, logger, metrics: createMetrics() }).replay(isHeld);
    return access(folder.path).then(
      () => true,
      () => false,
    );
  };
  const snapshotOf = (workerId: string) => {
    const head = { format: 1, botId: askedBotId("bot_1"), leaseId: "lse_1", epoch: 3, revision: 0 } as const;
    return writeFile(snapshotPathOf(folder, 1), encodeHead({ ...head, kind: "snapshot", workerId }));
  };

  it("stays while it may be one that is being made, and goes when a process ended over it", async () => {
    expect(await isThereAfter(JUST_NOW_MS)).toBe(true);
    expect(await isThereAfter(LONG_AGO_MS)).toBe(false);
  });

  it("stays when the lease is held here, however long it takes", async () => {
    const held: unknown[] = [];
    expect(await isThereAfter(LONG_AGO_MS, ({ botId, epoch }) => held.push([botId, epoch]) > 0)).toBe(true);
    expect(held).toEqual([["bot_1", 3]]);
  });

  it("stays when another worker made it", async () => {
    await snapshotOf("worker-2");
    expect(await isThereAfter(LONG_AGO_MS)).toBe(true);
    await snapshotOf("worker-1");
    expect(await isThereAfter(LONG_AGO_MS)).toBe(false);
  });
});
