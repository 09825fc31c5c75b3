import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findFreePort } from "../../support/free-ports.ts";
import { createSbTest, type SbTest, signInOwner } from "./support.ts";

const MAIN = fileURLToPath(new URL("../../../sdk/client/src/cli/main.ts", import.meta.url));
let sb: SbTest;
let token: string;

beforeAll(async () => {
  sb = await createSbTest();
  token = (await signInOwner(sb)).owner.token;
});
afterAll(() => sb.dispose());

/** Of a server that does not run. */
const closedUrl = async () => `http://127.0.0.1:${await findFreePort()}`;

/** A server that answers every request the same way. */
async function listen(answer: (res: ServerResponse) => void) {
  const server = createServer((_req, res) => answer(res)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

/** sb as a process of its own. */
const spawnSb = (args: readonly string[], env: Record<string, string> = {}) =>
  execa(process.execPath, [MAIN, ...args], {
    env: { ...sb.env, PATH: process.env.PATH ?? "", ...env },
    extendEnv: false,
    reject: false,
  });

describe("exit codes", () => {
  it.each([
    ["0 when it is done", ["bots", "list"], {}, 0],
    ["0 for help", ["--help"], {}, 0],
    ["0 for the version", ["--version"], {}, 0],
    ["2 for an unknown command", ["bots", "shw"], {}, 2],
    ["2 for a group without its command", ["bots"], {}, 2],
    ["2 for an unknown option", ["bots", "list", "--nope"], {}, 2],
    ["2 for a value that is no number", ["calls", "list", "x", "--limit", "many"], {}, 2],
    ["2 for an address that is none", ["bots", "list", "--url", "nowhere"], {}, 2],
    ["3 for a credential that is not valid", ["bots", "list"], { SB_TOKEN: "sb_pat_x" }, 3],
    ["4 for a bot that is not there", ["bots", "show", "Nobody"], {}, 4],
  ])("%s", async (_name, args, env, exitCode) => {
    expect((await sb.sb(args, { env: { SB_TOKEN: token, ...env } })).exitCode).toBe(exitCode);
  });

  it("3 when nobody is signed in", async () => {
    expect((await sb.sb(["bots", "list"])).exitCode).toBe(3);
  });

  it("5 when nothing answers, with a word on how to start", async () => {
    const url = await closedUrl();
    const result = await sb.sb(["bots", "list"], { env: { SB_TOKEN: token, SB_URL: url } });
    expect(result).toMatchObject({ exitCode: 5, stdout: "" });
    expect(result.stderr).toContain(`Nothing answers as Switchboard's api at ${url}`);
    expect(result.stderr).toContain("ECONNREFUSED");
    expect(result.stderr).toContain("npm start");
  });

  it("5 when no answer comes in time", async () => {
    const silent = await listen(() => undefined);
    const result = await sb.sb(["bots", "list", "--max-time", "1"], { env: { SB_TOKEN: token, SB_URL: silent.url } });
    expect(result.exitCode).toBe(5);
    expect(result.stderr).toContain("no answer in time");
    await silent.stop();
  });

  it("6 when the same command may work later, with a word on when", async () => {
    const data = { code: "rate-limited", requestId: null, errors: [], extra: { retryAfterSeconds: 7 } };
    const refusal = JSON.stringify([{ error: { json: { message: "Too many requests.", code: -32029, data } } }]);
    const busy = await listen((res) => res.writeHead(429, { "content-type": "application/json" }).end(refusal));
    const result = await sb.sb(["bots", "list"], { env: { SB_TOKEN: token, SB_URL: busy.url } });
    expect(result.exitCode).toBe(6);
    expect(result.stderr).toBe("sb: Too many requests.\nTry again in 7 s.\n");
    await busy.stop();
  });

  it("5 when something else answers there", async () => {
    const other = createServer((_req, res) => res.end("<html>hello</html>")).listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const result = await sb.sb(["bots", "list"], { env: { SB_TOKEN: token, SB_URL: url } });
    expect(result.exitCode).toBe(5);
    await new Promise((resolve) => other.close(resolve));
  });
});

describe("--json", () => {
  it.each([
    ["a refusal", ["bots", "show", "Nobody"], { code: "not-found", exitCode: 4 }],
    ["a wrong command line", ["bots", "shw"], { code: "usage", exitCode: 2 }],
  ])("writes %s as the one document, and nothing else", async (_name, args, error) => {
    const result = await sb.sb([...args, "--json"], { env: { SB_TOKEN: token } });
    expect(result.stderr).toBe("");
    expect(JSON.parse(result.stdout)).toMatchObject({ error });
  });

  it("is taken before and after the command", async () => {
    const env = { SB_TOKEN: token };
    const before = await sb.sb(["--json", "bots", "list"], { env });
    const after = await sb.sb(["bots", "list", "--json"], { env });
    expect(before).toEqual(after);
    expect(JSON.parse(after.stdout)).toEqual({ items: [] });
  });
});

describe("colours", () => {
  const coloured = (options: { isTty?: boolean; env?: Record<string, string> }) =>
    sb
      .sb(["whoami"], { ...options, env: { SB_TOKEN: token, ...options.env } })
      .then(({ stdout }) => stdout.includes("\u001b["));

  it("are for terminals, unless NO_COLOR is set", async () => {
    expect(await coloured({ isTty: true })).toBe(true);
    expect(await coloured({ isTty: true, env: { NO_COLOR: "1" } })).toBe(false);
    expect(await coloured({ isTty: false })).toBe(false);
  });
});

describe("as a process", () => {
  it("writes, and ends with its exit code", async () => {
    const done = await spawnSb(["bots", "list", "--json"], { SB_TOKEN: token });
    expect({ ...JSON.parse(done.stdout), exitCode: done.exitCode, stderr: done.stderr }).toEqual({
      items: [],
      exitCode: 0,
      stderr: "",
    });
    const refused = await spawnSb(["whoami"], { SB_CONFIG: join(sb.home, "none.json") });
    expect(refused.exitCode).toBe(3);
    expect(refused.stderr).toContain("sb login");
  });
});
