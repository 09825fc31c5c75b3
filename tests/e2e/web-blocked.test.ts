import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PairedBot, pairByQr } from "./support/bots.ts";
import { launchBrowser } from "./support/browser.ts";
import { blocksOf, enableScreening } from "./support/calls.ts";
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

const blockedPath = (query = "") => `/bots/${bot.id}/blocked${query}`;
const entryOf = (page: Page, name: string) => page.getByRole("main").getByRole("listitem").filter({ hasText: name });

test("a caller is blocked by hand, each of their calls counts at once, and unblocking can be undone", async () => {
  const caller = installation.simulator.createContact({ name: "Bea" });
  const number = `+${caller.phoneNumber}`;
  const { page, problems, visit, accessibilityFindings } = await openDashboard(installation, browser);
  await visit(blockedPath());
  await page.getByText("Nobody is blocked").waitFor();
  await button(page, "Block a caller").click();
  const dialog = page.getByRole("dialog", { name: "Block a caller" });
  expect(await accessibilityFindings()).toEqual([]);
  await button(dialog, "Block").click();
  expect(await isRefusedByBrowser(page, field(dialog, "Phone number or LID"))).toBe(true);
  await field(dialog, "Phone number or LID").fill("0151 234 567");
  await button(dialog, "Block").click();
  await dialog.getByText("Write the number with its country code").waitFor();
  await field(dialog, "Phone number or LID").fill("Bea@lid");
  await button(dialog, "Block").click();
  await dialog.getByText("A LID is digits").waitFor();
  await field(dialog, "Phone number or LID").fill(number);
  await field(dialog, "Hours").fill("0");
  await button(dialog, "Block").click();
  expect(await isRefusedByBrowser(page, field(dialog, "Hours"))).toBe(true);
  await dialog.getByRole("radio", { name: "Until a time" }).check();
  await field(dialog, "End of the block").fill("2020-01-01T10:00");
  await button(dialog, "Block").click();
  await dialog.getByText("The end must lie ahead.").waitFor();
  await field(dialog, "End of the block").fill("2099-01-01T10:00");
  await button(dialog, "Block").click();
  await dialog.getByText("A temporary block lasts 8760 hours at most.").waitFor();
  const until = new Date(Date.now() + 50 * 3_600_000).toISOString().slice(0, 16);
  await field(dialog, "End of the block").fill(until);
  await field(dialog, "Reason (optional)").fill("Calls at night");
  await field(dialog, "Note (optional)").fill("Asked twice to stop");
  await button(dialog, "Block").click();
  await dialog.waitFor({ state: "hidden" });
  const entry = entryOf(page, number);
  await entry.getByText("Calls at night").waitFor();
  await entry.getByText("Asked twice to stop").waitFor();
  await entry.getByText("1 day left").waitFor();
  await entry.getByText("By hand, you").waitFor();
  const [block] = await blocksOf(installation, bot);
  // Kathmandu is 5 hours and 45 minutes ahead of UTC, all year.
  expect(block?.expiresAt).toBe(new Date(Date.parse(`${until}Z`) - 20_700_000).toISOString());

  const hits = (count: number) =>
    entry
      .getByRole("definition")
      .last()
      .filter({ hasText: new RegExp(`^\\s*${count}\\b`) });
  await hits(0).waitFor();
  for (const count of [1, 2, 3]) {
    caller.placeCall(bot.phone);
    await hits(count).waitFor();
  }
  await entry.getByText("the last").waitFor();
  expect(await accessibilityFindings()).toEqual([]);

  await button(page, `Unblock ${number}`).click();
  await page.getByText("Nobody is blocked").waitFor();
  await button(page, "Undo").click();
  await entry.waitFor();
  expect((await blocksOf(installation, bot)).map(({ id, expiresAt }) => ({ id, expiresAt }))).toEqual([
    { id: block?.id, expiresAt: block?.expiresAt },
  ]);
  await button(page, `Unblock ${number}`).click();
  await page.getByRole("link", { name: "Ended" }).click();
  await page.waitForURL("**/blocked?status=ended");
  await entryOf(page, number).getByText("Unblocked").waitFor();
  await button(page, `Restore the block of ${number}`).click();
  await page.getByText("No block has ended yet").waitFor();
  expect(problems).toEqual([]);
});

test("blocks are searched and paged by their address, and a longer block is replaced only by a clear word", async () => {
  for (let index = 10; index < 37; index++) {
    const body = { phoneNumber: `+346000000${index}`, type: "permanent", note: index === 20 ? "night shift" : "other" };
    await installation.rest.done("POST", `/api/bots/${bot.id}/blocked-contacts`, body);
  }
  const { page, problems, visit } = await openDashboard(installation, browser);
  await visit(blockedPath("?search=other"));
  expect(await page.getByRole("listitem").filter({ hasText: "other" }).count()).toBe(25);
  await page.getByRole("link", { name: "Older" }).click();
  await entryOf(page, "+34600000010").waitFor();
  await page.getByText("Page 2").waitFor();
  await page.reload();
  await entryOf(page, "+34600000010").waitFor();
  await page.getByRole("link", { name: "Newer" }).click();
  await entryOf(page, "+34600000036").waitFor();
  await field(page, "Search").fill("Night");
  await page.waitForURL("**/blocked?search=Night");
  await page.getByText("night shift").waitFor();
  expect(await page.getByText("other", { exact: true }).count()).toBe(0);
  await field(page, "Search").fill("nobody like this");
  await page.getByText("Nobody here fits “nobody like this”.").waitFor();
  await page.getByRole("link", { name: "Show all" }).click();
  await field(page, "Search").fill("+34 600-000-020");
  await page.waitForURL("**/blocked?search=*");
  await entryOf(page, "+34600000020").getByText("May not match yet").waitFor();

  await button(page, "Block a caller").click();
  const dialog = page.getByRole("dialog", { name: "Block a caller" });
  await field(dialog, "Phone number or LID").fill("+34600000020");
  await field(dialog, "Hours").fill("2");
  await button(dialog, "Block").click();
  await dialog.getByText("+34600000020 is blocked for ever already").waitFor();
  await button(dialog, "Replace the running block").click();
  await dialog.waitFor({ state: "hidden" });
  await entryOf(page, "+34600000020").getByText("1 hour left").waitFor();
  expect(problems).toEqual([]);
});

test("allowing ends a block and blocking ends an allow by a clear word only, and removing can be undone", async () => {
  const number = "+34600000011";
  const { page, problems, visit, accessibilityFindings } = await openDashboard(installation, browser);
  await visit(blockedPath());
  await page.getByRole("link", { name: "Allowed", exact: true }).click();
  await page.getByText("The allow list is empty").waitFor();
  await button(page, "Allow a caller").click();
  const allowing = page.getByRole("dialog", { name: "Allow a caller" });
  expect(await accessibilityFindings()).toEqual([]);
  await field(allowing, "Phone number or LID").fill("12");
  await button(allowing, "Allow").click();
  await allowing.getByText("This number is too short").waitFor();
  await field(allowing, "Phone number or LID").fill(number);
  await field(allowing, "Until (optional)").fill("2020-01-01T10:00");
  await button(allowing, "Allow").click();
  await allowing.getByText("The end must lie ahead.").waitFor();
  await field(allowing, "Until (optional)").fill("");
  await field(allowing, "Note (optional)").fill("Supplier");
  await button(allowing, "Allow").click();
  await button(allowing, "End the block and allow").click();
  await allowing.waitFor({ state: "hidden" });
  await entryOf(page, number).getByText("Supplier").waitFor();
  await button(page, `Remove ${number}`).click();
  await page.getByText("The allow list is empty").waitFor();
  await button(page, "Undo").click();
  await entryOf(page, number).getByText("Supplier").waitFor();
  expect(await accessibilityFindings()).toEqual([]);

  await page.getByRole("link", { name: "Blocked", exact: true }).click();
  await button(page, "Block a caller").click();
  const blocking = page.getByRole("dialog", { name: "Block a caller" });
  await field(blocking, "Phone number or LID").fill(number);
  await blocking.getByRole("radio", { name: "For ever" }).check();
  await button(blocking, "Block").click();
  await blocking.getByText(`${number} is on the allow list`).waitFor();
  expect(await accessibilityFindings()).toEqual([]);
  await button(blocking, "Take off the allow list and block").click();
  await blocking.waitFor({ state: "hidden" });
  await entryOf(page, number).getByText("Permanent").waitFor();
  await page.getByRole("link", { name: "Allowed", exact: true }).click();
  await page.getByText("The allow list is empty").waitFor();
  expect(problems).toEqual([]);
});

test("a viewer sees contacts on a phone in the dark, and can change nothing", async () => {
  const look = { ...LOOKS.phone, colorScheme: "dark", as: VIEWER } as const;
  const { page, problems, visit, overflow, accessibilityFindings } = await openDashboard(installation, browser, look);
  for (const [query, shown] of [
    ["", "+34600000036"],
    ["?list=allowed", "The allow list is empty"],
  ] as const) {
    await visit(blockedPath(query));
    await page.getByText(shown).first().waitFor();
    expect(await overflow()).toBeLessThanOrEqual(0);
    expect(await accessibilityFindings()).toEqual([]);
    expect(await page.getByRole("main").getByRole("button").count()).toBe(0);
  }
  expect(problems).toEqual([]);
});

test("an admin blocks on a phone without the page growing sideways", async () => {
  const { page, problems, visit, overflow } = await openDashboard(installation, browser, LOOKS.phone);
  await visit(blockedPath());
  await button(page, "Block a caller").click();
  await page.getByRole("dialog", { name: "Block a caller" }).waitFor();
  expect(await overflow()).toBeLessThanOrEqual(0);
  expect(problems).toEqual([]);
});
