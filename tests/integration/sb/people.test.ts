import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createSbTest, type SbOptions, type SbResult, type SbTest } from "./support.ts";

const password = "seven violet herons over Lugo";
const otherPassword = "nine copper lanterns by the canal";
/** A password given longer ago is asked for again. */
const RECENT_MS = 15 * 60_000;
let sb: SbTest;

beforeAll(async () => {
  sb = await createSbTest();
  await sb.api.setupCode.ensure();
  const args = ["setup", "--email", "ada@example.test", "--name", "Ada", "--password-stdin"];
  await ok(args, { input: `${password}\n` });
});
beforeEach(async () => {
  await ok(["login", "--email", "ada@example.test", "--password-stdin"], { input: `${password}\n` });
});
afterAll(() => sb.dispose());

/** A run that must succeed, as the person of the stored token. */
async function ok(args: readonly string[], options: SbOptions = {}): Promise<SbResult> {
  const result = await sb.sb(args, options);
  if (result.exitCode !== 0) throw new Error(result.stdout + result.stderr);
  return result;
}

// biome-ignore lint/suspicious/noExplicitAny: tests name the fields they expect; a wrong name fails the assertion
const json = async (args: readonly string[], options?: SbOptions): Promise<any> =>
  JSON.parse((await ok([...args, "--json"], options)).stdout);

/** Somebody else's computer. */
const elsewhere = (name: string) => ({ SB_CONFIG: join(sb.home, `${name}.json`) });

describe("a sensitive change", () => {
  const create = ["keys", "create", "late", "--scopes", "bots:read"];

  it("asks for the password again when it was given long ago, and goes on by itself", async () => {
    sb.test.clock.advanceMs(RECENT_MS + 1);
    const key = await json([...create, "--password-stdin"], { input: `${password}\n` });
    expect(key.secret).toMatch(/^sb_live_/);
    expect((await ok(create)).stdout).toContain("sb_live_");
  });

  it("is refused where nobody can be asked, with a word on what to do", async () => {
    sb.test.clock.advanceMs(RECENT_MS + 1);
    const result = await sb.sb(create);
    expect(result).toMatchObject({ exitCode: 1, stdout: "" });
    expect(result.stderr).toContain("--password-stdin");
  });

  it("is not made with a wrong password, and is tried no second time", async () => {
    sb.test.clock.advanceMs(RECENT_MS + 1);
    const before = await json(["keys", "list"]);
    const result = await sb.sb([...create, "--password-stdin"], { input: "not the password\n" });
    expect(result.exitCode).toBe(2);
    expect(await json(["keys", "list"])).toEqual(before);
  });

  it("asks for nothing after the password was confirmed ahead of it", async () => {
    sb.test.clock.advanceMs(RECENT_MS + 1);
    const { confirmedUntil } = await json(["password", "confirm", "--password-stdin"], { input: `${password}\n` });
    expect(Date.parse(confirmedUntil)).toBe(sb.test.clock.nowMs() + RECENT_MS);
    await ok(create);
  });
});

describe("users", () => {
  it("are made with a password read from a line, shown, changed and removed", async () => {
    const args = ["users", "create", "bob@example.test", "--name", "Bob", "--role", "viewer", "--password-stdin"];
    const made = await json(args, { input: `${otherPassword}\n` });
    expect(made).toMatchObject({ name: "Bob", email: "bob@example.test", role: "viewer" });
    for (const name of ["bob@example.test", "Bob", made.id]) expect(await json(["users", "show", name])).toEqual(made);
    expect(await json(["users", "update", "Bob", "--role", "operator"])).toMatchObject({ role: "operator" });
    expect((await ok(["users", "list", "--role", "operator"])).stdout).toContain("bob@example.test");
    expect((await sb.sb(["users", "remove", "Bob", "--confirm", "ada@example.test"])).exitCode).toBe(2);
    expect(await json(["users", "remove", "Bob", "--confirm", "bob@example.test"])).toEqual({ removed: made.id });
    expect((await sb.sb(["users", "show", "Bob"])).exitCode).toBe(4);
  });

  it("are refused an unknown role and a weak password as a wrong command line", async () => {
    const create = (role: string, text: string) =>
      sb.sb(["users", "create", "x@example.test", "--name", "X", "--role", role, "--password-stdin"], {
        input: `${text}\n`,
      });
    expect((await create("emperor", otherPassword)).stderr).toContain("role: ");
    expect(await create("viewer", "short")).toMatchObject({ exitCode: 2 });
  });

  it("set a new password with a code that is shown once", async () => {
    const args = ["users", "create", "cy@example.test", "--name", "Cy", "--role", "viewer", "--password-stdin"];
    await ok(args, { input: `${otherPassword}\n` });
    const { code } = await json(["users", "reset-password", "Cy"]);
    const env = elsewhere("cy");
    await ok(["password", "reset", "--code", code, "--password-stdin"], { env, input: `${otherPassword} again\n` });
    const login = ["login", "--email", "cy@example.test", "--password-stdin"];
    expect((await sb.sb(login, { env, input: `${otherPassword}\n` })).exitCode).toBe(3);
    await ok(login, { env, input: `${otherPassword} again\n` });
  });
});

describe("invitations", () => {
  it("let somebody new in, who is signed in at once", async () => {
    const made = await json(["invitations", "create", "dee@example.test", "--role", "admin", "--hours", "2"]);
    const env = elsewhere("dee");
    const accept = ["invitations", "accept", "--code", made.code, "--name", "Dee", "--password-stdin"];
    const { stdout } = await ok(accept, { env, input: `${otherPassword}\n` });
    expect(stdout).toContain("Dee is in the team and signed in");
    expect(await json(["whoami"], { env })).toMatchObject({ email: "dee@example.test", role: "admin" });
    expect(stdout).not.toContain(JSON.parse(await readFile(env.SB_CONFIG, "utf8")).token);
    expect((await json(["invitations", "list", "--status", "used"])).items).toEqual([
      expect.objectContaining({ id: made.id, status: "used" }),
    ]);
  });

  it("are taken back", async () => {
    const { id, code } = await json(["invitations", "create", "eve@example.test", "--role", "viewer"]);
    expect((await ok(["invitations", "revoke", id])).stdout).toContain("eve@example.test");
    const accept = ["invitations", "accept", "--code", code, "--name", "Eve", "--password-stdin"];
    const refused = await sb.sb(accept, { env: elsewhere("eve"), input: `${otherPassword}\n` });
    expect(refused.exitCode).not.toBe(0);
  });
});

describe("teams", () => {
  it("are made, renamed, and switched to with a token of their own", async () => {
    const made = await json(["teams", "create", "Front office"]);
    expect((await ok(["teams", "list"])).stdout).toContain(made.id);
    const before = JSON.parse(await readFile(join(sb.home, "credentials.json"), "utf8")).token;
    await ok(["teams", "switch", "Front office", "--password-stdin"], { input: `${password}\n` });
    expect(await json(["whoami"])).toMatchObject({ teamId: made.id, role: "owner" });
    expect((await sb.sb(["whoami"], { env: { SB_TOKEN: before } })).exitCode).toBe(3);
    expect(await json(["teams", "rename", "Back office"])).toMatchObject({ id: made.id, name: "Back office" });
    expect(await json(["teams", "show"])).toMatchObject({ name: "Back office" });
    expect((await sb.sb(["teams", "switch", "Nowhere"])).exitCode).toBe(4);
  });
});

describe("personal access tokens", () => {
  it("are shown once, listed without the secret, and end for good", async () => {
    const made = await json(["tokens", "create", "report", "--days", "3"]);
    const env = { SB_TOKEN: made.token, ...elsewhere("none") };
    expect(await json(["whoami"], { env })).toMatchObject({ name: "Ada", tokenSource: "SB_TOKEN" });
    const { stdout } = await ok(["tokens", "list", "--user", "ada@example.test"]);
    expect(stdout).toContain(made.id);
    expect(stdout).not.toContain(made.token);
    await ok(["tokens", "revoke", made.id]);
    expect((await sb.sb(["whoami"], { env })).exitCode).toBe(3);
  });

  it("all end with the browsers, but the one that asks where it is kept", async () => {
    const { token } = await json(["tokens", "create", "lost laptop"]);
    await ok(["logout", "--everywhere", "--keep-this"]);
    expect((await sb.sb(["whoami"], { env: { SB_TOKEN: token } })).exitCode).toBe(3);
    await ok(["whoami"]);
    await ok(["logout", "--everywhere"]);
    expect((await sb.sb(["whoami"])).exitCode).toBe(3);
    expect((await sb.sb(["logout", "--keep-this"])).exitCode).toBe(2);
  });
});

describe("one's own", () => {
  it("password is changed with the present one and the new one on two lines", async () => {
    const args = ["users", "create", "fay@example.test", "--name", "Fay", "--role", "viewer", "--password-stdin"];
    await ok(args, { input: `${otherPassword}\n` });
    const env = elsewhere("fay");
    const login = ["login", "--email", "fay@example.test", "--password-stdin"];
    await ok(login, { env, input: `${otherPassword}\n` });
    const change = ["password", "change", "--end-tokens", "--password-stdin"];
    await ok(change, { env, input: `${otherPassword}\n${otherPassword} too\n` });
    await ok(["whoami"], { env });
    expect((await sb.sb(login, { env, input: `${otherPassword}\n` })).exitCode).toBe(3);
    expect((await sb.sb(change, { env, input: `${otherPassword}\n` })).exitCode).toBe(2);
  });

  it("browsers are listed and ended", async () => {
    expect((await ok(["sign-ins", "list"])).stdout).toBe("You are signed in with no browser.\n");
    expect((await sb.sb(["sign-ins", "end", "sgn_none"])).exitCode).toBe(4);
  });
});

describe("audit", () => {
  it("shows who did what, by filters, and one entry whole", async () => {
    const key = await json(["keys", "create", "audited", "--scopes", "bots:read"]);
    const { items } = await json(["audit", "--object", key.id, "--action", "api-key."]);
    expect(items).toEqual([
      expect.objectContaining({ action: "api-key.create", actor: expect.objectContaining({ name: "Ada" }) }),
    ]);
    const text = (await ok(["audit", "show", items[0].id])).stdout;
    expect(text).toMatch(/^Action +api-key\.create$/m);
    expect((await ok(["audit", "--actor-kind", "worker"])).stdout).toBe("There are no such entries.\n");
    expect((await sb.sb(["audit", "--outcome", "maybe"])).exitCode).toBe(2);
  });

  it("finds what was done to a bot by its name", async () => {
    const bot = await json(["bots", "create", "Watched"]);
    const { items } = await json(["audit", "list", "--bot", "watched", "--limit", "5"]);
    expect(items.map((entry: { action: string; botId: string }) => [entry.action, entry.botId])).toEqual([
      ["bot.create", bot.id],
    ]);
  });
});
