import { callStatisticsSchema } from "@switchboard/core/services/calls/schemas";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PairedBot, pairByQr } from "./support/bots.ts";
import { launchBrowser } from "./support/browser.ts";
import { callsOn } from "./support/call-rows.ts";
import { callThatRings, enableScreening, waitForCall } from "./support/calls.ts";
import { type Dashboard, LOOKS, openDashboard } from "./support/dashboard.ts";
import { Installation } from "./support/installation.ts";
import { eventually } from "./support/poll.ts";

const VIEWER = { name: "Vera Viewer", email: "vera@example.org", password: "e2e canary: a viewer's sentence" };

let installation: Installation;
let browser: Browser;
let bot: PairedBot;
let history: string;
let statistics: string;

beforeAll(async () => {
  browser = await launchBrowser();
  installation = await Installation.startSetUp();
  const phone = installation.simulator.createPhone({ phoneNumber: "4915100000001", pushName: "Front desk" });
  bot = await pairByQr(installation, "Front desk", phone);
  await enableScreening(installation, bot.id);
  await installation.rest.done("POST", "/api/users", { ...VIEWER, role: "viewer" });
  history = `/bots/${bot.id}/calls`;
  statistics = `/bots/${bot.id}/statistics`;
  const [ada, bea] = [installation.simulator.createContact({}), installation.simulator.createContact({})];
  await callThatRings(installation, bot, () => bea.placeCall(phone));
  for (const _ of [1, 2, 3]) await callThatRings(installation, bot, () => ada.placeCall(phone));
  const isOver = ({ ended }: { readonly ended: string | null }) => ended !== null;
  for (const _ of [4, 5]) await waitForCall(installation, bot, ada.placeCall(phone), isOver);
});

afterAll(async () => {
  await browser?.close();
  await installation?.[Symbol.asyncDispose]();
});

test("statistics are the api's, drawn by the server, read by keyboard and as a table, and lead to the calls", async () => {
  const { page, problems, visit, accessibilityFindings } = await open();
  await visit(statistics);
  const numbers = await installation.rest.get(`/api/bots/${bot.id}/calls/statistics`, callStatisticsSchema);
  const { total, callers, blockedRatio, days, topCallers } = numbers;
  const tiles = page.locator("dl").first();
  expect(await tiles.getByText(String(total), { exact: true }).count()).toBeGreaterThan(0);
  expect(await tiles.getByText(`${Math.round((blockedRatio ?? 0) * 100)} %`).count()).toBe(1);
  expect(await tiles.getByText(String(callers), { exact: true }).count()).toBeGreaterThan(0);
  expect(await accessibilityFindings()).toEqual([]);
  const today = days.at(-1);
  const sentence = new RegExp(
    `: ${today?.live} calls, ${today?.byOutcome.allowed} allowed, ${today?.byOutcome.blocked} blocked`,
  );
  expect(await (await page.request.get(statistics)).text()).toMatch(sentence);

  const bar = page.getByRole("link", { name: sentence });
  await bar.focus();
  await page.keyboard.press("ArrowLeft");
  expect(await page.evaluate<string>("document.activeElement.getAttribute('aria-label')")).toMatch(/no calls/);
  await page.keyboard.press("End");
  expect(await accessibilityFindings()).toEqual([]);
  await page.keyboard.press("Enter");
  await page.waitForURL(`**${history}?from=${today?.localDate}&to=${today?.localDate}`);
  expect(await callsOn(page)).toHaveLength(total);
  await page.goBack();
  await page.getByText("Show as a table").click();
  await page.getByRole("row", { name: `All days ${total}` }).waitFor();
  expect(await accessibilityFindings()).toEqual([]);

  const [most] = topCallers;
  const name = `+${most?.phoneNumber}`;
  const person = page.getByRole("listitem").filter({ hasText: name });
  await person.getByRole("button", { name: `Unblock ${name}` }).click();
  await person.getByRole("button", { name: `Block ${name}` }).waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await person.getByRole("button", { name: `Unblock ${name}` }).waitFor();
  await person.getByRole("link", { name: `${most?.calls} calls of ${name}` }).click();
  await page.waitForURL((url) => url.pathname === history && url.searchParams.get("caller") === name);
  await eventually(
    () => callsOn(page),
    (calls) => calls.length === most?.calls,
  );
  expect(problems).toEqual([]);
});

test("the time of the statistics lives in the address; a bad one says what is wrong", async () => {
  const { page, problems, visit, accessibilityFindings } = await open();
  await visit(statistics);
  await page.getByRole("link", { name: "30 days" }).click();
  await page.waitForURL(/days=30/);
  await eventually(
    () => page.locator("svg a").count(),
    (bars) => bars === 30,
  );
  await page.reload();
  expect(await page.getByRole("link", { name: "30 days" }).getAttribute("aria-current")).toBe("page");
  await page.getByLabel("First day").fill("2026-01-01");
  await page.getByLabel("Last day").fill("2026-01-31");
  await page.getByRole("button", { name: "Show these days" }).click();
  await page.getByText("No calls in this time").waitFor();
  await page.getByText("Thu 1 Jan 2026 to Sat 31 Jan 2026").waitFor();
  expect(await accessibilityFindings()).toEqual([]);
  await page.getByLabel("First day").fill("2020-01-01");
  await page.getByRole("button", { name: "Show these days" }).click();
  await page.getByText("Ask for 366 days at most").first().waitFor();
  await page.getByLabel("First day").fill("2026-02-01");
  await page.getByRole("button", { name: "Show these days" }).click();
  await page.getByText("The first day must not come after the last").first().waitFor();
  await visit(`${statistics}?days=12`);
  await page.getByText("There is no range of “12” days").waitFor();
  expect(await accessibilityFindings()).toEqual([]);
  await page.getByRole("link", { name: "Show the last 7 days" }).click();
  await page.getByText("Calls per day").first().waitFor();
  expect(problems).toEqual([]);
});

test("a viewer reads statistics on a phone in the dark, and can change nothing", async () => {
  const { page, problems, visit, accessibilityFindings, overflow } = await open({
    ...LOOKS.phone,
    colorScheme: "dark",
    as: VIEWER,
  });
  await visit(`${statistics}?days=90`);
  await page.getByText("Who called most").waitFor();
  await page.getByText("Show as a table").click();
  expect(await page.getByRole("button", { name: /Block|Unblock|allow/i }).count()).toBe(0);
  expect(await overflow()).toBe(0);
  expect(await accessibilityFindings()).toEqual([]);
  expect(problems).toEqual([]);
});

const open = (options: Parameters<typeof openDashboard>[2] = {}): Promise<Dashboard> =>
  openDashboard(installation, browser, options);
