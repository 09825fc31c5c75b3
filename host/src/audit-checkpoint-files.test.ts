import { appendFile, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openCheckpointFile, readCheckpointFiles } from "./audit-checkpoint-files.ts";

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "switchboard-checkpoints-")), "audit");
});
afterEach(() => rm(join(folder, ".."), { recursive: true, force: true }));

const checkpoint = (sequence: number, prunedAtMs: number | null = null) => ({
  sequence,
  hash: "ab".repeat(32),
  mac: "cd".repeat(32),
  atMs: sequence * 1_000,
  prunedAtMs,
});
const CURRENT = "checkpoints.jsonl";

it("keeps what was appended, for its owner alone, and knows it after a restart", async () => {
  expect(await readCheckpointFiles(folder)).toBeNull();
  const file = await openCheckpointFile(folder);
  await file.append([checkpoint(0), checkpoint(100)]);
  await file.append([checkpoint(200)]);
  await file.append([]);
  expect(await readCheckpointFiles(folder)).toEqual({
    checkpoints: [checkpoint(0), checkpoint(100), checkpoint(200)],
    unreadable: [],
  });
  expect((await openCheckpointFile(folder)).last).toEqual({ sequence: 200, prunedAtMs: 0 });
  expect((await stat(join(folder, CURRENT))).mode & 0o777).toBe(0o600);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
});

it("passes over a line that a crash left torn, and goes on after it", async () => {
  await (await openCheckpointFile(folder)).append([checkpoint(100)]);
  await appendFile(join(folder, CURRENT), '{"sequence":200,"hash":"ab');
  const file = await openCheckpointFile(folder);
  expect(file.last.sequence).toBe(100);
  await file.append([checkpoint(200)]);
  expect(await readCheckpointFiles(folder)).toEqual({
    checkpoints: [checkpoint(100), checkpoint(200)],
    unreadable: [],
  });
});

it("names lines that are no checkpoint", async () => {
  await (await openCheckpointFile(folder)).append([checkpoint(100)]);
  const lines = ["garbage", "{}", JSON.stringify({ ...checkpoint(1), hash: "short" }), JSON.stringify(checkpoint(200))];
  await appendFile(join(folder, CURRENT), `${lines.join("\n")}\n`);
  expect(await readCheckpointFiles(folder)).toEqual({
    checkpoints: [checkpoint(100), checkpoint(200)],
    unreadable: [`${CURRENT}:2`, `${CURRENT}:3`, `${CURRENT}:4`],
  });
});

it("begins a new file when one is full, and reads all of them", async () => {
  const file = await openCheckpointFile(folder, 1);
  for (const sequence of [100, 200, 300]) await file.append([checkpoint(sequence)]);
  expect((await readdir(folder)).sort()).toEqual([
    "checkpoints-000000000100.jsonl",
    "checkpoints-000000000200.jsonl",
    CURRENT,
  ]);
  expect((await readCheckpointFiles(folder))?.checkpoints.map(({ sequence }) => sequence)).toEqual([100, 200, 300]);
  expect((await openCheckpointFile(folder)).last.sequence).toBe(300);
});

it("drops full files that tell only of rows which were pruned", async () => {
  const file = await openCheckpointFile(folder, 1);
  for (const sequence of [100, 200, 300]) await file.append([checkpoint(sequence)]);
  await file.append([checkpoint(200, 9)]);
  expect(file.last).toEqual({ sequence: 300, prunedAtMs: 9 });
  expect((await readdir(folder)).sort()).toEqual([
    "checkpoints-000000000200.jsonl",
    "checkpoints-000000000300.jsonl",
    CURRENT,
  ]);
});
