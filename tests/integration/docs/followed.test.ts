import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { callFromNumber, screen } from "@switchboard/core/testing/calls";
import { addBot } from "@switchboard/core/testing/factories";
import { linkBot } from "@switchboard/core/testing/linked-bot";
import { type BotId, bots } from "@switchboard/db/schema";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addKey, addOwner } from "../api/support/credentials.ts";
import { readBlocks } from "./support/blocks.ts";
import { followBlocks, followDocument } from "./support/follow.ts";
import { CRON_SECRET, type ServedApp, serveTestApp } from "./support/served-world.ts";
import { openShell, type Shell } from "./support/shell.ts";

const TESTS = fileURLToPath(new URL("../..", import.meta.url));

let served: ServedApp;
let shell: Shell;
beforeEach(async () => {
  served = await serveTestApp();
});
afterEach(async () => {
  await shell?.close();
  await served.stop();
});

/** The one bot of the installation, as verbs take its id. */
async function theBot(): Promise<BotId> {
  const [bot] = await served.app.test.db.reader.select({ id: bots.id }).from(bots);
  if (!bot) throw new Error("no bot was made");
  return bot.id;
}

describe("docs/session-api.md", () => {
  it("leads from nothing to a session and its tokens, with curl alone", async () => {
    const { app, url } = served;
    shell = await openShell({ SWITCHBOARD: url, DATA_DIR: app.dataDir });
    const link = async () => linkBot(app.test, await theBot());
    await followDocument("docs/session-api.md", shell, { phone: link });
  });

  it("shows how a program in Node reads the session", async () => {
    const { app, url } = served;
    const owner = await addOwner(app.test);
    const botId = await addBot(app.test, owner.user);
    await linkBot(app.test, botId);
    const { secret } = await addKey(app.test, owner, ["session:read", "session:plain"]);
    const document = await readFile(new URL("../../../docs/session-api.md", import.meta.url), "utf8");
    const program = readBlocks(document).find(({ language }) => language === "js")?.text ?? "";
    const { stdout } = await execa(process.execPath, ["--input-type=module", "--eval", program], {
      cwd: TESTS,
      env: { SWITCHBOARD: url, KEY: secret, BOT: botId },
    });
    expect(stdout).toContain("34600000000:1@s.whatsapp.net [ 'pre-key' ] 1");
  });
});

describe("docs/call-blocking.md", () => {
  it("leads from a linked bot to a guarded one, with curl alone", async () => {
    const { app, url } = served;
    const owner = await addOwner(app.test);
    const botId = await addBot(app.test, owner.user);
    const lease = await linkBot(app.test, botId);
    const key = await addKey(app.test, owner, ["blocking:read", "blocking:write", "calls:read"]);
    shell = await openShell({ SWITCHBOARD: url, KEY: key.secret, BOT: botId, CRON_SECRET });
    const call = async () => {
      for (const _ of [1, 2, 3])
        await screen(app.test, { botId, owner: owner.user, lease }, callFromNumber(app.test, "34600000001"));
    };
    await followDocument("docs/call-blocking.md", shell, { calls: call });
  });
});

describe("following a document", () => {
  const follow = async (document: string) => {
    shell = await openShell({ SWITCHBOARD: served.url });
    await followBlocks(readBlocks(document), shell, {});
  };

  it.each([
    ["a command that fails", "```sh\nfalse\n```\n", /line 1: This failed/],
    ["a command that fails in the middle of a pipe", "```sh\nfalse | cat\n```\n", /line 1: This failed/],
    ["a variable nobody set", '```sh\necho "$NOBODY"\n```\n', /line 1: This failed/],
    ["a refusal of the api", "```sh\ncurl -s $SWITCHBOARD/api/bots\n```\n", /unauthenticated/],
    [
      "an answer of another form",
      '```sh\necho \'{"a": 1}\'\n```\n\n```json\n{ "b": 1 }\n```\n',
      /line 5: Not as shown/,
    ],
    ["a text that is not printed", "```sh\necho 201\n```\n\n```text\n204\n```\n", /line 5: Not as shown/],
    ["a step that nobody does", "```sh norun nobody\ntrue\n```\n", /nobody is nobody/],
  ])("stops at %s", async (_name, document, message) => {
    await expect(follow(document)).rejects.toThrow(message);
  });

  it("keeps what a block sets, and takes an answer of the form that is shown", async () => {
    await follow(
      '```sh\nTEXT=kept\n```\n\n```sh\necho "{\\"a\\": [\\"$TEXT\\"], \\"b\\": 2}"\n```\n\n```json\n{ "a": ["x"], "...": 0 }\n```\n',
    );
    expect(await shell.read("TEXT")).toBe("kept");
  });
});
