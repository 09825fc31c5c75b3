import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { makeTar } from "./tar.ts";

const LONG_NAME = `sender-key-${"1".repeat(120)}.json`;

test("tar unpacks the files into one folder, byte for byte, for their owner alone", async () => {
  const folder = await mkdtemp(join(tmpdir(), "switchboard-tar-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const files = [
    { name: "creds.json", text: '{"name":"Zoë"}' },
    { name: "empty.json", text: "" },
    { name: "block.json", text: "x".repeat(512) },
    { name: LONG_NAME, text: "[1]" },
  ];
  const archive = join(folder, "session.tar");
  const blob = makeTar("reception", files, Date.UTC(2026, 10, 22));
  await writeFile(archive, new Uint8Array(await blob.arrayBuffer()));
  await promisify(execFile)("tar", ["-xf", archive, "-C", folder, "--warning=no-timestamp"]);
  const unpacked = join(folder, "reception");
  expect((await readdir(unpacked)).toSorted()).toEqual(files.map(({ name }) => name).toSorted());
  for (const { name, text } of files) expect(await readFile(join(unpacked, name), "utf8")).toBe(text);
  expect((await stat(join(unpacked, "creds.json"))).mode & 0o777).toBe(0o600);
});
