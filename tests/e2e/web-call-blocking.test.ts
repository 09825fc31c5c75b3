import { callBlockingSchema } from "@switchboard/core/services/settings/schemas";
import { callBlockingSettings } from "@switchboard/db/schema";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PairedBot, pairByQr } from "./support/bots.ts";
import { launchBrowser } from "./support/browser.ts";
import { enableScreening } from "./support/calls.ts";
import { button, field, isRefusedByBrowser } from "./support/controls.ts";
import { LOOKS, openDashboard } from "./support/dashboard.ts";
import { Installation } from "./support/installation.ts";

const VIEWER = { name: "Vic Viewer", email: "vic@example.org", password: "e2e canary: only looking around" };

let installation: Installation;
let browser: Browser;
let bot: PairedBot;

beforeAll(async () => {
  browser = await launchBrowser();
  installation = await Installation.startSetUp();
  const phone = installation.simulator.createPhone({ phoneNumber: "4915100000001", pushName: "Front desk" });
  bot = await pairByQr(installation, "Front desk", phone);
  await enableScreening(installation, bot.id, { timeZone: "Asia/Kathmandu" });
  await installation.rest.done("POST", "/api/users", { ...VIEWER, role: "viewer" });
});

afterAll(async () => {
  await browser?.close();
  await installation?.[Symbol.asyncDispose]();
});

const settingsPath = () => `/bots/${bot.id}/call-blocking`;
const stored = () => installation.rest.get(`/api/bots/${bot.id}/call-blocking`, callBlockingSchema);
const patch = (changes: object) => installation.rest.done("PATCH", `/api/bots/${bot.id}/call-blocking`, changes);

test("settings are kept in the form until they are saved, and what is wrong stands at its field", async () => {
  const { page, problems, visit, accessibilityFindings } = await openDashboard(installation, browser);
  await visit(settingsPath());
  expect(await accessibilityFindings()).toEqual([]);
  const { version } = await stored();
  for (const [name, bad] of [
    ["Calls allowed", "0"],
    ["Calls allowed", ""],
    ["Hours of a block", "8761"],
    ["To one caller, an hour", "61"],
    ["To all callers, a minute", "-1"],
    ["To strangers, a day", "1.5"],
    ["Time zone", ""],
  ] as const) {
    await field(page, name).fill(bad);
    await button(page, "Save").click();
    expect(await isRefusedByBrowser(page, field(page, name)), `${name}: ${bad}`).toBe(true);
    await button(page, "Discard").click();
    await button(page, "Save").waitFor({ state: "detached" });
  }
  await field(page, "Time zone").fill("Mars/Olympus");
  await field(page, "Reply").fill("x".repeat(1_001));
  await page.getByText("1001 of 1000 characters").waitFor();
  await field(page, "Reply to group calls").fill("   ");
  await button(page, "Add a number").click();
  await field(page, "Staff number 1").fill("0151 234");
  await button(page, "Save").click();
  await page.getByText("Not an IANA time zone").waitFor();
  await page.getByText("A reply has at most 1000 characters.").waitFor();
  await page.getByText("A reply of blanks would be sent as an empty bubble.").waitFor();
  await page.getByText("Write the phone number with its country code").waitFor();
  expect(await page.locator(":focus").inputValue()).toBe("Mars/Olympus");
  expect(await accessibilityFindings()).toEqual([]);
  expect((await stored()).version).toBe(version);
  await field(page, "Time zone").fill("Europe/Madrid");
  await field(page, "Reply").fill("Please *write* to us.");
  await page.getByRole("figure", { name: "Preview: reply", exact: true }).getByText("Please write to us.").waitFor();
  await field(page, "Reply to group calls").fill("");
  await field(page, "Staff number 1").fill("0049 (151) 234-5678");
  await field(page, "Mode").selectOption("Only watch");
  await button(page, "Save").click();
  await page.getByText("Saved", { exact: true }).waitFor();
  expect(await field(page, "Staff number 1").inputValue()).toBe("+491512345678");
  expect(await button(page, "Save").count()).toBe(0);
  expect(await stored()).toMatchObject({
    timeZone: "Europe/Madrid",
    mode: "monitor",
    autoReply: { text: "Please *write* to us.", groupText: "" },
    staffNumbers: ["491512345678"],
    version: version + 1,
  });
  await patch({ mode: "enforce", timeZone: "Asia/Kathmandu", staffNumbers: [] });
  expect(problems).toEqual([]);
});

test("two admins who change settings at once learn of each other, and nothing is lost unseen", async () => {
  const { page, problems, visit, accessibilityFindings } = await openDashboard(installation, browser);
  await visit(settingsPath());
  await field(page, "Reply").fill("Mine.");
  await field(page, "Hours of a block").fill("48");
  await patch({ dailyLimit: 7, autoReply: { text: "Theirs." } });
  await button(page, "Save").click();
  await page.getByText("Changed by them: Calls allowed, Reply.").waitFor();
  await page.getByText("You changed Reply as well").waitFor();
  expect(await accessibilityFindings()).toEqual([]);
  expect(await stored()).toMatchObject({ autoReply: { text: "Theirs." }, blockHours: 24 });
  await button(page, "Keep my changes and take over the rest").click();
  expect(await field(page, "Calls allowed").inputValue()).toBe("7");
  await button(page, "Save").click();
  await page.getByText("Saved", { exact: true }).waitFor();
  expect(await stored()).toMatchObject({ dailyLimit: 7, autoReply: { text: "Mine." }, blockHours: 48 });

  await field(page, "Hours of a block").fill("12");
  await patch({ blockHours: 24, dailyLimit: 3 });
  await button(page, "Save").click();
  await button(page, "Load theirs and drop my changes").click();
  expect(await field(page, "Hours of a block").inputValue()).toBe("24");
  expect(await button(page, "Save").count()).toBe(0);
  expect(problems).toEqual([]);
});

test("who leaves with unsaved changes is asked first, and stays or goes as they say", async () => {
  const { page, problems, visit, accessibilityFindings } = await openDashboard(installation, browser);
  await visit(`/bots/${bot.id}/blocked`);
  await page.getByRole("link", { name: "Call blocking", exact: true }).click();
  await page.getByRole("switch", { name: "Screen calls" }).click();
  await page.getByRole("link", { name: "Blocked contacts" }).click();
  const dialog = page.getByRole("dialog", { name: "Leave without saving?" });
  await dialog.waitFor();
  expect(await accessibilityFindings()).toEqual([]);
  await button(dialog, "Cancel").click();
  expect(await page.getByRole("switch", { name: "Screen calls" }).isChecked()).toBe(false);
  await page.goBack();
  await button(dialog, "Leave without saving").click();
  await button(page, "Block a caller").waitFor();
  expect((await stored()).enabled).toBe(true);
  expect(problems).toEqual([]);
});

test("a viewer sees the settings on a phone in the dark, and can change nothing", async () => {
  const look = { ...LOOKS.phone, colorScheme: "dark", as: VIEWER } as const;
  const { page, problems, visit, overflow, accessibilityFindings } = await openDashboard(installation, browser, look);
  await visit(settingsPath());
  await page.getByText("You may look at these settings.").waitFor();
  expect(await overflow()).toBeLessThanOrEqual(0);
  expect(await accessibilityFindings()).toEqual([]);
  expect(await page.getByRole("main").getByRole("button").count()).toBe(0);
  expect(await field(page, "Calls allowed").isDisabled()).toBe(true);
  expect(problems).toEqual([]);
});

test("the page says why no replies go out and until when, and what of the settings is risky", async () => {
  const suspension = {
    repliesSuspendedUntilMs: Date.parse("2099-01-01T10:00:00Z"),
    repliesSuspendedReason: "error-463",
  };
  const db = await installation.database();
  await db.write((tx) => tx.update(callBlockingSettings).set(suspension));
  await patch({ replyCaps: { strangersPerDay: 200 } });
  const { page, problems, visit, accessibilityFindings } = await openDashboard(installation, browser);
  await visit(settingsPath());
  await page.getByText("No replies until 1 Jan 2099, 15:45 (Asia/Kathmandu)").waitFor();
  await page.getByText("(error 463)").waitFor();
  await page.getByText("More than 50 a day is a risk.").waitFor();
  expect(await accessibilityFindings()).toEqual([]);
  expect(problems).toEqual([]);
});

test("an admin saves on a phone without the page growing sideways", async () => {
  const { page, problems, visit, overflow } = await openDashboard(installation, browser, LOOKS.phone);
  await visit(settingsPath());
  await field(page, "Calls allowed").fill("4");
  await button(page, "Save").scrollIntoViewIfNeeded();
  expect(await overflow()).toBeLessThanOrEqual(0);
  await button(page, "Save").click();
  await page.getByText("Saved", { exact: true }).waitFor();
  expect((await stored()).dailyLimit).toBe(4);
  expect(problems).toEqual([]);
});
