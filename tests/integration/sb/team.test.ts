import {
  addScreeningBot,
  callFromNumber,
  type ScreeningBot,
  screen,
  uniquePhoneNumber,
} from "@switchboard/core/testing/calls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { issueToken } from "../trpc/support.ts";
import { createSbTest, type SbOptions, type SbTest, signInOwner } from "./support.ts";

let sb: SbTest;
let team: Awaited<ReturnType<typeof signInOwner>>;

beforeAll(async () => {
  sb = await createSbTest();
  team = await signInOwner(sb);
});
afterAll(() => sb.dispose());

describe("keys", () => {
  it("shows the secret once", async () => {
    await team.json(["bots", "create", "Orders"]);
    const made = await team.json([
      "keys",
      "create",
      "service",
      "--scopes",
      "bots:read,calls:read",
      "--bots",
      "orders",
      "--days",
      "7",
    ]);
    expect(made).toMatchObject({
      name: "service",
      scopes: ["bots:read", "calls:read"],
      secret: expect.stringMatching(/^sb_live_/),
    });
    const text = (await team.run(["keys", "create", "other", "--scopes", "bots:read"])).stdout;
    expect(text.match(/sb_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}/g)).toHaveLength(1);
    const list = JSON.stringify(await team.json(["keys", "list"])) + (await team.run(["keys", "list"])).stdout;
    expect(list).not.toContain(made.secret.slice(-49));
    expect(list).toContain(made.id);
  });

  it("revokes by name, and by id", async () => {
    const one = await team.json(["keys", "create", "by name", "--scopes", "bots:read"]);
    expect(await team.json(["keys", "revoke", "by name"])).toMatchObject({ id: one.id, status: "revoked" });
    const two = await team.json(["keys", "create", "by name", "--scopes", "bots:read"]);
    expect(await team.json(["keys", "revoke", two.id])).toMatchObject({ id: two.id, status: "revoked" });
    expect((await team.run(["keys", "revoke", "no such key"])).exitCode).toBe(4);
  });

  it("lets a key rest and work again, and changes its limits", async () => {
    await team.json(["keys", "create", "resting", "--scopes", "bots:read", "--requests-per-minute", "30"]);
    expect(await team.json(["keys", "disable", "resting"])).toMatchObject({ status: "disabled" });
    expect(await team.json(["keys", "enable", "resting"])).toMatchObject({ status: "active", requestsPerMinute: 30 });
    const args = ["keys", "update", "resting", "--name", "awake", "--cidr", "10.0.0.0/8"];
    expect(await team.json(args)).toMatchObject({ name: "awake", cidrs: ["10.0.0.0/8"] });
    const free = await team.json(["keys", "update", "awake", "--cidr", "all", "--requests-per-minute", "none"]);
    expect(free).toMatchObject({ cidrs: null, requestsPerMinute: null });
    expect(await team.json(["keys", "show", free.id])).toEqual(free);
    expect((await team.run(["keys", "update", "awake"])).exitCode).toBe(2);
  });

  it("gives a key a successor, with an overlap that is asked for", async () => {
    const old = await team.json(["keys", "create", "turning", "--scopes", "bots:read"]);
    const next = await team.json(["keys", "rotate", "turning", "--overlap", "0s"]);
    expect(next.secret).toMatch(/^sb_live_/);
    const before = await team.json(["keys", "show", old.id]);
    expect(before.successorId).toBe(next.id);
    expect(Date.parse(before.expiresAt)).toBeLessThanOrEqual(sb.test.clock.nowMs());
    expect((await team.run(["keys", "rotate", next.id, "--overlap", "soon"])).exitCode).toBe(2);
  });

  it.each([
    ["an unknown scope", ["--scopes", "bots:everything"], "scopes.0"],
    ["a bad range", ["--scopes", "bots:read", "--cidr", "ten"], "cidrs.0"],
    ["too many days", ["--scopes", "bots:read", "--days", "4000"], "expiresInDays"],
    ["no scope", [], "--scopes"],
  ])("refuses %s as a wrong command line", async (_name, args, words) => {
    const result = await team.run(["keys", "create", "x", ...args]);
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toContain(words);
  });
});

describe("settings", () => {
  it("changes what is named and shows the whole", async () => {
    await team.json(["bots", "create", "Quiet"]);
    const before = await team.json(["settings", "get", "Quiet"]);
    const after = await team.json([
      "settings",
      "set",
      "Quiet",
      "enabled=true",
      "autoReply.text=We are closed.",
      "dailyLimit=none",
    ]);
    expect(after).toEqual({
      ...before,
      enabled: true,
      dailyLimit: null,
      autoReply: { ...before.autoReply, text: "We are closed." },
      version: before.version + 1,
      ...(after.warnings ? { warnings: after.warnings } : {}),
    });
    const text = (await team.run(["settings", "get", "Quiet"])).stdout;
    expect(text).toMatch(/^autoReply\.text +We are closed\.$/m);
    expect(text).toMatch(/^dailyLimit +none$/m);
  });

  it("names what is wrong", async () => {
    await team.json(["bots", "create", "Strict"]);
    const unknown = await team.run(["settings", "set", "Strict", "limit=5"]);
    expect(unknown).toMatchObject({ exitCode: 2, stdout: "" });
    expect(unknown.stderr).toContain('There is no setting "limit".\nSettings: enabled, ');
    const outside = await team.run(["settings", "set", "Strict", "dailyLimit=0"]);
    expect(outside.exitCode).toBe(2);
    expect(outside.stderr).toMatch(/^ {2}dailyLimit: /m);
  });
});

describe("calls and blocks", () => {
  let bot: ScreeningBot;
  let run: (args: readonly string[], options?: SbOptions) => ReturnType<SbTest["sb"]>;
  const json = async (args: readonly string[]) => JSON.parse((await run([...args, "--json"])).stdout);

  beforeAll(async () => {
    bot = await addScreeningBot(sb.test, { dailyLimit: 1 });
    const token = await issueToken(sb.test, bot.owner);
    run = (args, options = {}) => sb.sb(args, { ...options, env: { SB_TOKEN: token } });
  });

  it("shows the history, one call with its reasons, the numbers and the limit", async () => {
    const phoneNumber = uniquePhoneNumber();
    await screen(sb.test, bot, callFromNumber(sb.test, phoneNumber));
    const { items } = await json(["calls", "list", bot.botId, "--caller", phoneNumber]);
    expect(items).toMatchObject([{ outcome: "allowed", caller: { phoneNumber } }]);
    expect((await run(["calls", "list", bot.botId])).stdout).toContain(`+${phoneNumber}`);
    expect(await json(["calls", "show", bot.botId, items[0].id])).toEqual(items[0]);
    expect((await run(["calls", "show", bot.botId, items[0].id])).stdout).toMatch(/^Outcome +allowed, because /m);
    expect((await json(["calls", "stats", bot.botId])).total).toBeGreaterThan(0);
    expect((await run(["calls", "stats", bot.botId])).stdout).toMatch(/^Calls +\d+$/m);
    expect(await json(["calls", "limit", bot.botId, phoneNumber])).toMatchObject({ current_usage: 1, max_allowed: 1 });
    expect((await run(["calls", "limit", bot.botId, phoneNumber])).stdout).toMatch(/^Used +1 of 1$/m);
    expect(await json(["calls", "reject", bot.botId, items[0].id])).toMatchObject({ commandId: expect.any(String) });
  });

  it("tells of calls that are not there and of filters that are not", async () => {
    expect((await run(["calls", "show", bot.botId, "call_x"])).exitCode).toBe(4);
    const wrong = await run(["calls", "list", bot.botId, "--outcome", "eaten"]);
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).toContain("outcome: ");
  });

  it("blocks, lists, removes by number and restores", async () => {
    const phoneNumber = uniquePhoneNumber();
    const { contact } = await json(["blocks", "add", bot.botId, `+${phoneNumber}`, "--hours", "2", "--reason", "rude"]);
    expect(contact).toMatchObject({ phoneNumber, type: "temporary", reason: "rude", active: true });
    expect((await run(["blocks", "list", bot.botId])).stdout).toContain(`+${phoneNumber}`);
    expect((await run(["blocks", "add", bot.botId, phoneNumber, "--hours", "1"])).stdout).toContain("as before");
    expect(await json(["blocks", "remove", bot.botId, phoneNumber])).toMatchObject({ id: contact.id, active: false });
    expect((await json(["blocks", "list", bot.botId, "--search", phoneNumber])).items).toEqual([]);
    expect(await json(["blocks", "restore", bot.botId, contact.id])).toMatchObject({ id: contact.id, active: true });
    expect((await run(["blocks", "remove", bot.botId, contact.id])).stdout).toContain("sb blocks restore");
    expect((await run(["blocks", "remove", bot.botId, phoneNumber])).exitCode).toBe(4);
  });

  it("refuses an end that contradicts itself", async () => {
    const result = await run(["blocks", "add", bot.botId, "+34600000000", "--hours", "2", "--permanent"]);
    expect(result.exitCode).toBe(2);
  });
});

describe("session tokens, allow list, settings", () => {
  beforeAll(async () => {
    await team.json(["bots", "create", "Tokens"]);
  });

  it("refuses a session token of a bot that is not linked, and lists none", async () => {
    const refused = await team.run(["session-tokens", "issue", "Tokens", "--lifetime", "15m"]);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain("sb pair");
    expect(await team.json(["session-tokens", "list", "Tokens"])).toEqual({ items: [], nextCursor: null });
    expect((await team.run(["session-tokens", "revoke", "Tokens", "tok_none"])).exitCode).toBe(4);
  });

  it("puts callers on the allow list and takes them off, by number as people write it", async () => {
    const entry = await team.json(["allows", "add", "Tokens", "+34 600 111 222", "--note", "the plumber"]);
    expect((await team.run(["allows", "list", "Tokens"])).stdout).toContain("the plumber");
    expect(await team.json(["allows", "remove", "Tokens", "+34 600 111 222"])).toEqual({ removed: entry.id });
    expect((await team.json(["allows", "list", "Tokens"])).items).toEqual([]);
    expect((await team.run(["allows", "remove", "Tokens", "+34600111222"])).exitCode).toBe(4);
  });

  it("shows one block by the caller's number", async () => {
    const { contact } = await team.json(["blocks", "add", "Tokens", "+34600333444", "--permanent"]);
    expect(await team.json(["blocks", "show", "Tokens", "+34600333444"])).toMatchObject({ id: contact.id });
    expect((await team.run(["blocks", "show", "Tokens", contact.id])).stdout).toMatch(/^Until +it is lifted$/m);
  });

  it("takes settings back to what they are at first, but those that are given", async () => {
    const first = await team.json(["settings", "get", "Tokens"]);
    await team.json(["settings", "set", "Tokens", "enabled=true", "dailyLimit=7", "mode=monitor"]);
    const after = await team.json(["settings", "reset", "Tokens", "dailyLimit=5"]);
    expect(after).toMatchObject({ enabled: first.enabled, mode: first.mode, dailyLimit: 5 });
  });
});

describe("the installation", () => {
  it("tells of workers and bots", async () => {
    const health = await team.json(["health"]);
    expect(health).toMatchObject({ status: "degraded", workers: [] });
    expect((await team.run(["health"])).stdout).toContain("No worker has ever run.");
  });

  it("lists its settings, secrets as set or not", async () => {
    const { settings } = await team.json(["config"]);
    expect(settings).toContainEqual(expect.objectContaining({ name: "API_PORT", value: "8787", isDefault: true }));
    const text = (await team.run(["config"])).stdout;
    expect(text).toMatch(/^API_PORT +8787 +default +Port of the public REST API\.$/m);
    expect(text).toMatch(/^MASTER_KEY +not set +default /m);
  });

  it("tells of the cleanup", async () => {
    expect(await team.json(["cleanup", "status"])).toMatchObject({ lastRun: null });
    expect((await team.run(["cleanup", "status"])).stdout).toMatch(/^Ran +not yet$/m);
  });
});
