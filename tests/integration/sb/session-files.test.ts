import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { uniquePhoneNumber } from "@switchboard/core/testing/calls";
import { sessionFilesOf } from "@switchboard/core/testing/session-files";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createSbTest, type SbTest, signInOwner } from "./support.ts";

let sb: SbTest;
let team: Awaited<ReturnType<typeof signInOwner>>;
let root: string;

beforeAll(async () => {
  sb = await createSbTest();
});
beforeEach(async () => {
  team = await signInOwner(sb);
  await team.json(["bots", "create", "Reception"]);
  root = await mkdtemp(join(tmpdir(), "switchboard-sb-session-"));
});
afterAll(async () => {
  await sb.dispose();
});

async function writeSession(name: string, files: Readonly<Record<string, unknown>>): Promise<string> {
  const directory = join(root, name);
  await mkdir(directory);
  for (const [file, value] of Object.entries(files)) await writeFile(join(directory, file), JSON.stringify(value));
  return directory;
}

const session = () => writeSession("before", sessionFilesOf(uniquePhoneNumber()));

it("brings a directory in and writes it out again as it was, for its owner alone", async () => {
  const before = await session();
  await writeFile(join(before, ".DS_Store"), "not of the session");
  const imported = await team.json(["session", "import", "reception", before]);
  expect(imported).toMatchObject({ keys: 12, replaced: false });
  const after = join(root, "after");
  const exported = await team.json(["session", "export", "reception", after, "--confirm", "Reception"]);
  expect(exported).toMatchObject({
    botId: imported.botId,
    directory: after,
    notice: expect.stringContaining("Do not"),
  });
  const names = (await readdir(before)).filter((name) => name !== ".DS_Store");
  expect((await readdir(after)).sort()).toEqual(names.sort());
  for (const name of names) {
    expect(await readFile(join(after, name), "utf8")).toBe(await readFile(join(before, name), "utf8"));
    expect((await stat(join(after, name))).mode & 0o777).toBe(0o600);
  }
  expect((await stat(after)).mode & 0o777).toBe(0o700);
});

it("says to people what became of it", async () => {
  const { stdout } = await team.run(["session", "import", "reception", await session()]);
  expect(stdout).toMatch(/^Reception is \+\d+ now, with 12 keys\.\nNothing else may connect/);
  const exported = await team.run(["session", "export", "reception", join(root, "out"), "--confirm", "Reception"]);
  expect(exported.stdout).toMatch(/^13 files are in .*\n.*Do not connect/);
});

it("writes nothing into a directory that is not empty, or under another bot's name", async () => {
  await team.json(["session", "import", "reception", await session()]);
  const full = await writeSession("full", { "other.json": 1 });
  const refused = await team.run(["session", "export", "reception", full, "--confirm", "Reception"]);
  expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("is not empty") });
  expect(await readdir(full)).toEqual(["other.json"]);
  const empty = join(root, "empty");
  const other = await team.run(["session", "export", "reception", empty, "--confirm", "Other"]);
  expect(other).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("Nothing was written") });
  await expect(stat(empty)).rejects.toThrow("ENOENT");
  const file = await team.run(["session", "export", "reception", join(full, "other.json"), "--confirm", "Reception"]);
  expect(file).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("is no directory") });
});

it("names the file that is wrong, whether it is read here or there", async () => {
  const damaged = await session();
  await writeFile(join(damaged, "session-1.0.json"), '{"version":"v1"');
  const unread = await team.run(["session", "import", "reception", damaged]);
  expect(unread).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(join(damaged, "session-1.0.json")) });
  const foreign = await writeSession("foreign", { ...sessionFilesOf(uniquePhoneNumber()), "store.json": {} });
  const refused = await team.run(["session", "import", "reception", foreign]);
  expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("files.store.json: Is no file") });
  const missing = await team.run(["session", "import", "reception", join(root, "nowhere")]);
  expect(missing).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/nowhere cannot be read \(ENOENT\)/) });
  const empty = await team.run(["session", "import", "reception", await writeSession("empty", {})]);
  expect(empty).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("There are no files") });
});

it("replaces another device's session only with --force", async () => {
  await team.json(["session", "import", "reception", await session()]);
  const other = await writeSession("other", sessionFilesOf(uniquePhoneNumber()));
  const refused = await team.run(["session", "import", "reception", other]);
  expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("linked as another device") });
  const forced = await team.run(["session", "import", "reception", other, "--force"]);
  expect(forced.stdout).toContain("its session before is gone");
  await rm(root, { recursive: true });
});
