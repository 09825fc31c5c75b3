import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServiceContext } from "@switchboard/core/context";
import { exportSession } from "@switchboard/core/services/session-files/export-session";
import { importSession } from "@switchboard/core/services/session-files/import-session";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { FileClient } from "./support/file-client.ts";
import type { TestBot } from "./support/test-bot.ts";
import { until } from "./support/until.ts";
import { WorkerWorld } from "./support/worker-world.ts";

const TEXT = "Please write instead.";

describe("a session that Baileys keeps in files", () => {
  let world: WorkerWorld;
  let root: string;
  let bot: TestBot;
  const clients: FileClient[] = [];
  beforeAll(async () => {
    world = await WorkerWorld.open();
    await world.startWorker();
    root = await mkdtemp(join(tmpdir(), "switchboard-session-files-"));
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.stop()));
    await world.close();
    await rm(root, { recursive: true, force: true });
  });
  beforeEach(async () => {
    bot = await world.addBot();
  });

  /** The owner, who gave their password just now. */
  function owner(): ServiceContext {
    const { actor } = world.admin;
    if (actor.kind !== "user") throw new Error("the world's admin is a person");
    return { ...world.admin, actor: { ...actor, confirmedAtMs: Date.now() } };
  }

  function startClient(directory: string): FileClient {
    const client = new FileClient(world.simulator.url, directory);
    clients.push(client);
    return client;
  }

  /** A directory in which Baileys was linked to the bot's phone, wrote to its contact, and heard from them. */
  async function linkInFiles(): Promise<string> {
    const directory = join(root, `${bot.id}-before`);
    const client = startClient(directory);
    await bot.phone.scanQr(await client.qr());
    await client.untilOpen();
    await talk(client, "before");
    await bot.phone.waitDelivered(bot.device);
    await client.stop();
    return directory;
  }

  async function talk(client: FileClient, when: string): Promise<void> {
    await bot.contact.sendText(bot.phone, `to the files, ${when}`);
    await client.untilMessage(`to the files, ${when}`);
    await client.send(bot.contact.jid, `from the files, ${when}`);
    await bot.contact.waitForText(({ text }) => text === `from the files, ${when}`);
  }

  const bringIn = async (directory: string, force = false) =>
    importSession(owner(), { botId: bot.id, files: await readFiles(directory), force });
  const takeOut = async () => exportSession(owner(), { botId: bot.id, confirm: (await bot.view()).name });

  it("comes out byte for byte as Baileys wrote it", async () => {
    const directory = await linkInFiles();
    const { keys } = await bringIn(directory);
    const texts = await readTexts(directory);
    expect(keys).toBe(texts.size - 1);
    expect(keys).toBeGreaterThan(30);
    const { files } = await takeOut();
    expect(Object.keys(files).sort()).toEqual([...texts.keys()].sort());
    for (const [name, value] of Object.entries(files))
      expect([name, JSON.stringify(value)]).toEqual([name, texts.get(name)]);
  });

  it("that is brought in as an old copy talks to its contacts, under new conversations", async () => {
    await bringIn(await linkInFiles(), true);
    await bot.rejectAll(TEXT);
    await bot.command("start");
    await bot.untilState("online");
    const id = await bot.contact.sendText(bot.phone, "to the worker, under the old conversation");
    const { transcript } = world.simulator;
    const receipt = await transcript.waitFor(({ kind, detail }) => kind === "receipt" && detail.id === id);
    expect(receipt.detail.type).not.toBe("retry");
    await bot.contact.placeCall(bot.phone).waitRejected();
    await bot.contact.waitForText(({ text }) => text === TEXT);
    await bot.untilQuiet();
    expect(world.simulator.violations).toEqual([]);
  });

  it("works here once it was brought in, in both directions, and there again once it was taken out", async () => {
    await bringIn(await linkInFiles());
    expect(await bot.view()).toMatchObject({ linked: true, phoneNumber: bot.phone.phoneNumber, state: "stopped" });
    expect(await bot.custody()).toMatchObject({ isClean: false, epoch: 1 });
    await bot.rejectAll(TEXT);
    await bot.command("start");
    await bot.untilState("online");
    const id = await bot.contact.sendText(bot.phone, "to the worker");
    const { transcript } = world.simulator;
    const receipt = await transcript.waitFor(({ kind, detail }) => kind === "receipt" && detail.id === id);
    expect(receipt.detail.type).not.toBe("retry");
    await bot.contact.placeCall(bot.phone).waitRejected();
    await bot.contact.waitForText(({ text }) => text === TEXT);
    await bot.untilQuiet();

    await bot.command("stop");
    await until(async () => (await bot.custody()).state === "free");
    const directory = join(root, `${bot.id}-after`);
    await writeFiles(directory, (await takeOut()).files);
    const client = startClient(directory);
    await client.untilOpen();
    await talk(client, "after");
    await client.stop();
    expect(bot.phone.devices).toHaveLength(1);
    expect(world.simulator.violations).toEqual([]);
  });
});

async function readTexts(directory: string): Promise<Map<string, string>> {
  const names = await readdir(directory);
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(directory, name), "utf8")] as const)),
  );
}

async function readFiles(directory: string): Promise<Record<string, unknown>> {
  return Object.fromEntries(Array.from(await readTexts(directory), ([name, text]) => [name, JSON.parse(text)]));
}

async function writeFiles(directory: string, files: Readonly<Record<string, unknown>>): Promise<void> {
  await mkdir(directory);
  for (const [name, value] of Object.entries(files)) await writeFile(join(directory, name), JSON.stringify(value));
}
