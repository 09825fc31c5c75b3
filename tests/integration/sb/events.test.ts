import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createSbTest, type SbOptions, type SbTest, signInOwner } from "./support.ts";

let sb: SbTest;
let team: Awaited<ReturnType<typeof signInOwner>>;
let tower: string;
let desk: string;

beforeAll(async () => {
  sb = await createSbTest();
  team = await signInOwner(sb);
  tower = (await team.json(["bots", "create", "Tower"])).id;
  desk = (await team.json(["bots", "create", "Desk"])).id;
});
afterAll(() => sb.dispose());

/** Follows as a person does, so that it is told when the api listens. */
const follow = (args: readonly string[] = [], options: SbOptions = {}) =>
  sb.start(["events", "--follow", ...args], {
    isErrTty: true,
    ...options,
    env: { SB_TOKEN: team.owner.token, ...options.env },
  });
const documents = (text: string) =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
const makeKey = (name: string) => team.json(["keys", "create", name, "--scopes", "bots:read"]);
const block = (bot: string, number: string) => team.json(["blocks", "add", bot, number, "--hours", "1"]);

it("writes each event as it happens, and ends at Ctrl-C", async () => {
  const run = follow();
  await run.says(/Waiting for events/);
  await block("Tower", "+34600000001");
  await run.says(/block\.created +bot_\w+ +.*phoneNumber=34600000001/);
  run.interrupt();
  expect((await run.result).exitCode).toBe(130);
});

it("writes one JSON document on a line, of the types and the bot that were asked for", async () => {
  const run = follow(["--json", "--types", "block.created,key.created", "--bot", "desk", "--limit", "1"]);
  await run.says(/Waiting for events/);
  await makeKey("not of the bot");
  await block("Tower", "+34600000002");
  await block("Desk", "+34600000003");
  const { exitCode, stdout } = await run.result;
  expect(exitCode).toBe(0);
  expect(documents(stdout)).toEqual([
    expect.objectContaining({ type: "block.created", botId: desk, place: expect.stringMatching(/^\d+$/) }),
  ]);
});

it("goes on after a place of an earlier run, without a gap", async () => {
  const first = follow(["--json", "--limit", "1"]);
  await first.says(/Waiting for events/);
  await block("Tower", "+34600000004");
  const [{ place }] = documents((await first.result).stdout);
  await block("Tower", "+34600000005");
  await block("Tower", "+34600000006");
  const { stdout } = await follow(["--json", "--after", place, "--limit", "2"]).result;
  expect(documents(stdout).map(({ botId, data }) => [botId, data.phoneNumber])).toEqual([
    [tower, "34600000005"],
    [tower, "34600000006"],
  ]);
});

it("comes back after a broken connection, and misses nothing that happened meanwhile", async () => {
  const link = await startLink(sb.url);
  const run = follow(["--json", "--bot", tower, "--limit", "2"], { env: { SB_URL: link.url } });
  await run.says(/Waiting for events/);
  await block("Tower", "+34600000007");
  await run.says(/34600000007/);
  link.cut();
  await block("Tower", "+34600000008");
  await run.says(/trying again/);
  link.mend();
  const { stdout } = await run.result;
  expect(documents(stdout).map(({ data }) => data.phoneNumber)).toEqual(["34600000007", "34600000008"]);
  await link.stop();
});

it.each([
  ["an unknown type", ["--types", "bot.stat"], 2, "bot.state, "],
  ["a place that is none", ["--after", "yesterday"], 2, "lastEventId"],
  ["a bot that is not there", ["--bot", "Nobody"], 4, "Bots: "],
])("refuses %s", async (_name, args, exitCode, words) => {
  const result = await follow(args).result;
  expect(result.exitCode).toBe(exitCode);
  expect(result.stderr).toContain(words);
});

it("says that a credential is not valid, instead of trying for ever", async () => {
  const result = await follow([], { env: { SB_TOKEN: "sb_pat_x" } }).result;
  expect(result.exitCode).toBe(3);
  expect(result.stderr).toContain("sb login");
});

it("asks for --follow, since there is no other way to read events", async () => {
  const result = await team.run(["events"]);
  expect(result.exitCode).toBe(2);
  expect(result.stderr).toContain("--follow");
});

/** A link to the api that can be cut. */
async function startLink(target: string) {
  const open = new Set<ServerResponse>();
  let isCut = false;
  const server: Server = createServer((req, res) => {
    if (isCut) return res.destroy();
    open.add(res);
    passOn(req, res).catch(() => res.destroy());
  }).listen(0, "127.0.0.1");
  const passOn = async (req: IncomingMessage, res: ServerResponse) => {
    const { host: _host, connection: _connection, ...headers } = req.headers;
    const answer = await fetch(`${target}${req.url}`, { method: req.method ?? "GET", headers: Object(headers) });
    res.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
    for await (const chunk of answer.body ?? []) res.write(chunk);
    res.end();
  };
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: () => {
      isCut = true;
      for (const res of open) res.destroy();
    },
    mend: () => {
      isCut = false;
    },
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
