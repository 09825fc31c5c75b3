import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { createBot, type PairedBot, pairByQr, waitForState } from "./support/bots.ts";
import { launchBrowser } from "./support/browser.ts";
import { button, field } from "./support/controls.ts";
import { LOOKS, openDashboard } from "./support/dashboard.ts";
import { confirmPassword, dialogOf } from "./support/dialogs.ts";
import { Installation } from "./support/installation.ts";

const VIEWER = { name: "Vic Viewer", email: "vic@example.org", password: "e2e canary: only looking around" };
const OPERATOR = { name: "Olu Operator", email: "olu@example.org", password: "e2e canary: calls all day long" };

let installation: Installation;
let browser: Browser;
let bot: PairedBot;
let emptyBotId: string;

beforeAll(async () => {
  browser = await launchBrowser();
  installation = await Installation.startSetUp();
  const phone = installation.simulator.createPhone({ phoneNumber: "4915100000001", pushName: "Front desk" });
  bot = await pairByQr(installation, "Front desk", phone);
  emptyBotId = (await createBot(installation, "Night shift")).id;
  await installation.rest.done("POST", "/api/users", { ...VIEWER, role: "viewer" });
  await installation.rest.done("POST", "/api/users", { ...OPERATOR, role: "operator" });
});

afterAll(async () => {
  await browser?.close();
  await installation?.[Symbol.asyncDispose]();
});

const sessionPath = (botId = bot.id) => `/bots/${botId}/session`;
const holderOf = (page: Page) => page.locator("[data-holder]");

test("an export asks for name and password, and saves files; broken files are refused one by one", async () => {
  const { page, problems, visit, accessibilityFindings } = await openDashboard(installation, browser);
  await visit(sessionPath());
  await button(page, "Export files…").click();
  const leaving = dialogOf(page, "Export the session of Front desk");
  expect(await accessibilityFindings()).toEqual([]);
  await field(leaving, "Type “Front desk” to confirm").fill("front door");
  await button(leaving, "Confirm with your password").click();
  await confirmPassword(page);
  await leaving.getByText("Repeat the bot's name").waitFor();
  await field(leaving, "Type “Front desk” to confirm").fill("Front desk");
  await button(leaving, "Confirm with your password").click();
  const download = page.waitForEvent("download");
  await confirmPassword(page);
  const saved = await download;
  expect(saved.suggestedFilename()).toBe("session-front-desk.tar");
  expect(await readFile(await saved.path(), "latin1")).toContain("session-front-desk/creds.json");
  await page.getByRole("region", { name: "Table of disclosures" }).getByText("Plain, as files").waitFor();

  await visit(sessionPath(emptyBotId));
  await page.getByText("There is nothing to export").waitFor();
  await button(page, "Import files…").click();
  const coming = dialogOf(page, "Import a session into Night shift");
  const choose = (files: Record<string, string>) =>
    field(coming, "or all its files").setInputFiles(
      Object.entries(files).map(([name, text]) => ({ name, mimeType: "application/json", buffer: Buffer.from(text) })),
    );
  await button(coming, "Import").click();
  await coming.getByText("Choose the files of the directory first.").waitFor();
  await choose({ "pre-key-1.json": "{}" });
  await button(coming, "Import").click();
  await coming.getByText("Is missing: without it there is no session.").waitFor();
  await choose({ "creds.json": "{" });
  await button(coming, "Import").click();
  await coming.getByText("Is not JSON.").waitFor();
  await choose({ "creds.json": "{}", "weather.json": "{}" });
  await button(coming, "Import").click();
  await coming.getByText("Is no file that Baileys").waitFor();
  await coming.getByText("Is of a device that was never linked").waitFor();
  expect(await accessibilityFindings()).toEqual([]);
  await coming.getByText("What is checked").click();
  await coming.getByLabel("Replace what is there").check();
  await button(coming, "Replace the session").waitFor();
  expect(problems).toEqual([]);
});

test("files that were exported are brought in again over what is there, only when that is asked for", async () => {
  const { page, problems, visit } = await openDashboard(installation, browser);
  await visit(sessionPath());
  await button(page, "Export files…").click();
  await field(page, "Type “Front desk” to confirm").fill("Front desk");
  await button(page, "Confirm with your password").click();
  const download = page.waitForEvent("download");
  await confirmPassword(page);
  const folder = await mkdtemp(join(tmpdir(), "switchboard-files-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await promisify(execFile)("tar", ["-xf", await (await download).path(), "-C", folder]);

  await button(page, "Import files…").click();
  const coming = dialogOf(page, "Import a session into Front desk");
  await field(coming, "The folder").setInputFiles(join(folder, "session-front-desk"));
  await button(coming, "Import").click();
  await coming.getByText("Stop the bot, and wait until nobody holds it.").waitFor();
  await installation.rest.done("POST", `/api/bots/${bot.id}/stop`);
  await holderOf(page).getByText("Nobody").waitFor();
  await button(coming, "Import").click();
  await coming.getByText("if the files are the newer state").waitFor();
  await coming.getByLabel("Replace what is there").check();
  await button(coming, "Replace the session").click();
  await page.getByText("Front desk has the session now").waitFor();
  await installation.rest.done("POST", `/api/bots/${bot.id}/start`);
  await waitForState(installation, bot.id, "online");
  expect(problems).toEqual([]);
});

test.each([VIEWER, OPERATOR])(
  "$name sees who holds a bot, is offered nothing, and is told for whom keys are",
  async (as) => {
    const { page, problems, visit, accessibilityFindings } = await openDashboard(installation, browser, { as });
    await visit(sessionPath());
    await page.getByText("Worker worker-1").waitFor();
    const offered = await page.getByRole("main").getByRole("button").allTextContents();
    expect(offered.filter((text) => /hand|take|freeze|token|import|export|revoke/i.test(text))).toEqual([]);
    expect(await page.getByText("Last disclosures").count()).toBe(as === VIEWER ? 1 : 0);
    expect(await accessibilityFindings()).toEqual([]);
    await visit("/keys");
    await page.getByText("API keys are for admins").waitFor();
    expect(await accessibilityFindings()).toEqual([]);
    expect(problems).toEqual([]);
  },
);

test("keys and session fit a phone, in the dark as well", async () => {
  const options = { ...LOOKS.phone, colorScheme: "dark" } as const;
  const { page, problems, visit, accessibilityFindings, overflow } = await openDashboard(
    installation,
    browser,
    options,
  );
  await installation.rest.done("POST", "/api/keys", { name: "a program with a long name", scopes: ["session:read"] });
  await visit("/keys");
  await page.getByText("Sealed: no key yet").waitFor();
  expect(await overflow()).toBe(0);
  expect(await accessibilityFindings()).toEqual([]);
  await button(page, "New key").click();
  await dialogOf(page, "New API key").waitFor();
  expect(await overflow()).toBe(0);
  expect(await accessibilityFindings()).toEqual([]);
  await visit(sessionPath());
  await page.getByText("Last disclosures").waitFor();
  expect(await overflow()).toBe(0);
  expect(await accessibilityFindings()).toEqual([]);
  await button(page, "Import files…").click();
  await dialogOf(page, "Import a session into Front desk").waitFor();
  expect(await overflow()).toBe(0);
  expect(await accessibilityFindings()).toEqual([]);
  expect(problems).toEqual([]);
});
