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

describe("the installation", () => {
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
