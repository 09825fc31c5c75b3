import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Scope } from "@switchboard/core/domain/vocabulary";
import { releaseForWorker } from "@switchboard/core/services/custody/worker-leases";
import { callFromNumber, screen } from "@switchboard/core/testing/calls";

import { addBot, workerContext } from "@switchboard/core/testing/factories";
import { linkBot } from "@switchboard/core/testing/linked-bot";
import { addRecipient } from "@switchboard/core/testing/recipients";
import { testSettings } from "@switchboard/core/testing/test-context";
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
    // No worker runs: whoever asks for the bot gets it at once.
    const link = async () => {
      const lease = await linkBot(app.test, await theBot());
      await releaseForWorker(workerContext(app.test), lease, true);
    };
    // `sb` is followed in tests/integration/sb/session-files.test.ts.
    const files = async () => undefined;
    await followDocument("docs/session-api.md", shell, { phone: link, files });
  });

  it("shows how a program in Node reads the session", async () => {
    const { url } = served;
    const { botId, key } = await addReader(["session:read", "session:plain"]);
    const { stdout } = await runProgram("reviver);\nconsole.log", { SWITCHBOARD: url, KEY: key.secret, BOT: botId });
    expect(stdout).toContain("34600000000:1@s.whatsapp.net [ 'pre-key' ] 1");
  });

  it("shows how a program in Node opens the sealed session", async () => {
    const { app, url } = served;
    // The program goes by the clock of the machine.
    app.test.clock.setMs(Date.now());
    const { owner, botId, key } = await addReader(["session:read"]);
    const { privateJwk } = await addRecipient(app.test, owner.user, key.id);
    const file = join(app.dataDir, "recipient.jwk");
    await writeFile(file, JSON.stringify(privateJwk));
    const names = { SWITCHBOARD: url, ISSUER: testSettings.publicUrl, BOT: botId, RECIPIENT: file };
    const { stdout } = await runProgram("compactDecrypt", { ...names, KEY: key.secret, KEY_ID: key.id });
    expect(stdout).toContain("34600000000:1@s.whatsapp.net [ 'pre-key' ] 1 null");
    const other = { ...names, KEY: key.secret, KEY_ID: "key_other" };
    await expect(runProgram("compactDecrypt", other)).rejects.toThrow(/aud/);
  });

  async function addReader(scopes: readonly Scope[]) {
    const owner = await addOwner(served.app.test);
    const botId = await addBot(served.app.test, owner.user);
    await linkBot(served.app.test, botId);
    return { owner, botId, key: await addKey(served.app.test, owner, scopes) };
  }

  /** Runs the program of the document that has this in it. */
  async function runProgram(part: string, env: Readonly<Record<string, string>>) {
    const document = await readFile(new URL("../../../docs/session-api.md", import.meta.url), "utf8");
    const program = readBlocks(document).find(({ language, text }) => language === "js" && text.includes(part));
    const { PATH = "" } = process.env;
    const args = ["--input-type=module", "--eval", program?.text ?? "throw new Error('there is no such program')"];
    return execa(process.execPath, args, { cwd: TESTS, env: { PATH, ...env }, extendEnv: false });
  }
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
