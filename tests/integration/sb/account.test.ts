import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createSbTest, type SbTest } from "./support.ts";

const password = "correct horse battery staple";
const setup = ["setup", "--email", "ada@example.test", "--name", "Ada", "--password-stdin"];
const login = ["login", "--email", "ada@example.test", "--password-stdin"];
let sb: SbTest;

beforeEach(async () => {
  sb = await createSbTest();
});
afterEach(() => sb.dispose());

const stored = async () => JSON.parse(await readFile(join(sb.home, "credentials.json"), "utf8"));

it("sets up with the code in DATA_DIR, and keeps the token for its owner only", async () => {
  await sb.api.setupCode.ensure();
  const result = await sb.sb(setup, { input: `${password}\n` });
  expect(result).toMatchObject({ exitCode: 0, stderr: "" });
  expect(result.stdout).toContain("Ada is set up and signed in");
  expect((await stat(join(sb.home, "credentials.json"))).mode & 0o777).toBe(0o600);
  const { url, token, email } = await stored();
  expect({ url, email }).toEqual({ url: sb.url, email: "ada@example.test" });
  expect(result.stdout + result.stderr).not.toContain(token);
  const me = await sb.sb(["whoami", "--json"]);
  expect(JSON.parse(me.stdout)).toMatchObject({ name: "Ada", role: "owner", url: sb.url, tokenSource: "file" });
});

it("says where the code is looked for when it is not there", async () => {
  const result = await sb.sb(setup, { input: `${password}\n` });
  expect(result.exitCode).toBe(1);
  expect(result.stderr).toContain(join(sb.api.dataDir, "setup-code"));
});

it("refuses a wrong code and a short password in words, and keeps nothing", async () => {
  await sb.api.setupCode.ensure();
  expect((await sb.sb([...setup, "--code", "wrong"], { input: `${password}\n` })).exitCode).toBe(1);
  const short = await sb.sb(setup, { input: "short-secret\n" });
  expect(short.exitCode).toBe(2);
  expect(short.stderr).toContain("password: Use at least 15 characters");
  expect(short.stderr).not.toContain("short-secret");
  await expect(stored()).rejects.toThrow();
});

it("sets up once", async () => {
  await sb.api.setupCode.ensure();
  await sb.sb(setup, { input: `${password}\n` });
  const again = await sb.sb(setup, { input: `${password}\n` });
  expect(again.exitCode).toBe(1);
  expect(again.stderr).toContain("sb login");
});

it("signs in, and out for good", async () => {
  await sb.api.setupCode.ensure();
  await sb.sb(setup, { input: `${password}\n` });
  expect((await sb.sb(login, { input: "wrong password here\n" })).exitCode).toBe(3);
  expect(await sb.sb(login, { input: `${password}\n` })).toMatchObject({ exitCode: 0 });
  const { token } = await stored();
  expect(await sb.sb(["logout"])).toMatchObject({ exitCode: 0, stdout: `Signed out of ${sb.url}.\n` });
  await expect(stored()).rejects.toThrow();
  expect((await sb.sb(["whoami"])).exitCode).toBe(3);
  expect((await sb.sb(["whoami"], { env: { SB_TOKEN: token } })).exitCode).toBe(3);
  expect((await sb.sb(["logout"])).exitCode).toBe(0);
});

it("never sends the stored token to another address", async () => {
  const file = join(sb.home, "credentials.json");
  await writeFile(file, JSON.stringify({ url: "http://127.0.0.1:9", token: "sb_pat_of_elsewhere", email: "a@b.c" }));
  const result = await sb.sb(["bots", "list"]);
  expect(result.exitCode).toBe(3);
  expect(result.stderr).toContain("You are signed in at http://127.0.0.1:9.");
  expect(sb.api.logLines.filter((line) => line.includes("/trpc"))).toEqual([]);
});

it("says so when the file of the token is damaged", async () => {
  await writeFile(join(sb.home, "credentials.json"), "{");
  const result = await sb.sb(["whoami"]);
  expect(result.exitCode).toBe(1);
  expect(result.stderr).toContain("Delete it and sign in");
});

it("asks nobody when there is no terminal", async () => {
  const result = await sb.sb(["login"]);
  expect(result.exitCode).toBe(2);
  expect(result.stderr).toContain("--email is missing");
});
