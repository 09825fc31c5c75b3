import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SimulatedContact } from "../simulator/index.ts";
import { type PairedBot, pairByQr } from "./support/bots.ts";
import { launchBrowser } from "./support/browser.ts";
import { callsOn, rowsOf } from "./support/call-rows.ts";
import { blocksOf, callThatRings, enableScreening, waitForCall } from "./support/calls.ts";
import { type Dashboard, LOOKS, openDashboard } from "./support/dashboard.ts";
import { Installation } from "./support/installation.ts";
import { DEADLINE_MS, eventually } from "./support/poll.ts";

const VIEWER = { name: "Vera Viewer", email: "vera@example.org", password: "e2e canary: a viewer's sentence" };
const PER_PAGE = 25;

let installation: Installation;
let browser: Browser;
let bot: PairedBot;
let history: string;

beforeAll(async () => {
  browser = await launchBrowser();
  installation = await Installation.startSetUp();
  const phone = installation.simulator.createPhone({ phoneNumber: "4915100000001", pushName: "Front desk" });
  bot = await pairByQr(installation, "Front desk", phone);
  await enableScreening(installation, bot.id);
  await installation.rest.done("POST", "/api/users", { ...VIEWER, role: "viewer" });
  history = `/bots/${bot.id}/calls`;
});

afterAll(async () => {
  await browser?.close();
  await installation?.[Symbol.asyncDispose]();
});

test("calls show up as they come, with verdict and reason, how they ended and the way they were decided", async () => {
  const { page, problems, visit, accessibilityFindings } = await open();
  await visit(history);
  await page.getByText("Nobody has called yet").waitFor();
  expect(await accessibilityFindings()).toEqual([]);
  const ada = newCaller();
  const first = ada.placeCall(bot.phone);
  const rowOfFirst = rowsOf(page, ada).filter({ hasText: "Call 1, limit 3" });
  await rowOfFirst.filter({ hasText: "Ringing" }).filter({ hasText: "No rule spoke against it" }).waitFor();
  first.hangUp();
  await rowOfFirst.getByText(/Missed|The caller hung up/).waitFor();
  for (const _ of [2, 3]) await callThatRings(installation, bot, () => ada.placeCall(bot.phone));
  await ada.placeCall(bot.phone).waitRejected(DEADLINE_MS);
  const fourth = rowsOf(page, ada).filter({ hasText: "Over the daily limit" });
  await fourth
    .filter({ hasText: "Call 4, limit 3" })
    .getByText(/Text (sent|delivered|read)/)
    .waitFor();
  await fourth.getByText("Rejected by Switchboard").waitFor();
  await ada.placeCall(bot.phone).waitRejected(DEADLINE_MS);
  await rowsOf(page, ada).filter({ hasText: "Blocked after too many calls" }).waitFor();
  expect(await rowsOf(page, ada).count()).toBe(5);
  expect(await page.getByRole("link", { name: "Blocked 2" }).count()).toBe(1);

  await fourth.getByRole("link", { name: /Details/ }).click();
  const details = page.getByRole("dialog");
  await details.getByText("Over the limit").waitFor();
  await details.getByText("call 4, limit 3, of a day").waitFor();
  await details.getByText(/Blocked until/).waitFor();
  expect(await accessibilityFindings()).toEqual([]);
  await page.keyboard.press("Escape");
  await details.waitFor({ state: "hidden" });
  expect(new URL(page.url()).search).toBe("");
  expect(problems).toEqual([]);
});

test("a call that rings is rejected from its row", async () => {
  const { page, problems, visit, accessibilityFindings } = await open();
  await visit(history);
  const bea = newCaller();
  const call = bea.placeCall(bot.phone);
  const row = rowsOf(page, bea);
  await row.getByRole("button", { name: /Reject the call/ }).click();
  await call.waitRejected(DEADLINE_MS);
  await row.getByText("Rejected by Switchboard").waitFor();
  await row.getByRole("button", { name: /Reject the call/ }).waitFor({ state: "detached" });
  expect(await accessibilityFindings()).toEqual([]);
  expect(problems).toEqual([]);
});

test("a caller is blocked, unblocked and allowed from the row, each with undo, and the row says how they stand", async () => {
  const { page, problems, visit, accessibilityFindings } = await open();
  const cleo = newCaller();
  await callThatRings(installation, bot, () => cleo.placeCall(bot.phone));
  await visit(history);
  const row = rowsOf(page, cleo);
  await row.getByRole("button", { name: "Block +" }).click();
  const dialog = page.getByRole("dialog");
  expect(await accessibilityFindings()).toEqual([]);
  await dialog.getByLabel("Hours", { exact: true }).fill("0");
  await dialog.getByRole("button", { name: "Block", exact: true }).click();
  await dialog.waitFor();
  expect(await blocksFor(cleo)).toEqual([]);
  await dialog.getByLabel("Hours", { exact: true }).fill("2");
  await dialog.getByRole("button", { name: "Block", exact: true }).click();
  await row.getByText(/Blocked until/).waitFor();
  expect(await blocksFor(cleo)).toHaveLength(1);

  await row.getByRole("button", { name: /Unblock/ }).click();
  await row.getByText(/Blocked until/).waitFor({ state: "detached" });
  expect(await blocksFor(cleo)).toEqual([]);
  await page.getByRole("button", { name: "Undo" }).click();
  await row.getByText(/Blocked until/).waitFor();
  expect(await blocksFor(cleo)).toHaveLength(1);

  await row.getByRole("button", { name: /Always allow/ }).click();
  await dialog.getByText(/The block that runs ends now/).waitFor();
  expect(await accessibilityFindings()).toEqual([]);
  await dialog.getByRole("button", { name: "Unblock and always allow" }).click();
  await row.getByText("On the allow list").waitFor();
  expect(await blocksFor(cleo)).toEqual([]);
  await toast(page, "always get through now").getByRole("button", { name: "Undo" }).click();
  await row.getByText(/Blocked until/).waitFor();
  expect(await blocksFor(cleo)).toHaveLength(1);
  await row.getByRole("button", { name: /Unblock/ }).click();
  await row.getByRole("button", { name: /Always allow/ }).click();
  await row.getByText("On the allow list").waitFor();
  await row.getByRole("button", { name: /off the allow list/ }).click();
  await row.getByRole("button", { name: "Block +" }).waitFor();
  expect(problems).toEqual([]);
});

test("filters live in the address and survive a reload; bad ones say what is wrong", async () => {
  const { page, problems, visit, accessibilityFindings } = await open();
  const [dora, elif] = [newCaller(), newCaller()];
  await callThatRings(installation, bot, () => dora.placeCall(bot.phone, { kind: "video" }));
  await callThatRings(installation, bot, () => dora.placeCall(bot.phone));
  await callThatRings(installation, bot, () => elif.placeCall(bot.phone));
  await visit(history);
  await page.getByRole("link", { name: /^Allowed/ }).click();
  await page.waitForURL(/outcome=allowed/);
  await page.getByText("More filters").click();
  await page.getByLabel("Caller").fill(`+${dora.phoneNumber}`);
  await page.getByLabel("Kind").selectOption("Video call");
  const today = new Date().toISOString().slice(0, 10);
  await page.getByLabel("First day").fill(today);
  await page.getByRole("button", { name: "Show these calls" }).click();
  await page.waitForURL(/kind=video/);
  const onlyOne = async () => {
    await eventually(
      () =>
        page
          .getByRole("main")
          .getByRole("listitem")
          .filter({ has: page.getByRole("heading") })
          .count(),
      (count) => count === 1,
    );
    await rowsOf(page, dora).getByText("Video call").waitFor();
  };
  await onlyOne();
  expect(await accessibilityFindings()).toEqual([]);
  await page.reload();
  await onlyOne();
  expect(await page.getByLabel("Kind").inputValue()).toBe("video");
  expect(await page.getByLabel("First day").inputValue()).toBe(today);
  expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({
    outcome: "allowed",
    kind: "video",
    caller: `+${dora.phoneNumber}`,
    from: today,
  });
  await page.getByRole("link", { name: "Clear" }).click();
  await rowsOf(page, elif).waitFor();
  expect(new URL(page.url()).search).toBe("?outcome=allowed");

  await visit(`${history}?outcome=maybe&from=yesterday`);
  await page.getByText("There is no outcome “maybe”").waitFor();
  expect(await page.getByText("“yesterday” is no day").count()).toBe(2);
  expect(await accessibilityFindings()).toEqual([]);
  for (const query of ["caller=nobody", "cursor=nowhere", "from=2020-01-01"]) {
    await visit(`${history}?${query}`);
    await page.getByText("These filters do not work").waitFor();
  }
  await page.getByRole("link", { name: "Show all calls" }).click();
  await rowsOf(page, elif).waitFor();
  await page.getByText("More filters").click();
  await page.getByLabel("Caller").fill("nobody");
  await page.getByRole("button", { name: "Show these calls" }).click();
  await page.getByText("These filters do not work").waitFor();
  await visit(`${history}?reason=group-rejected`);
  await page.getByText("There are no such calls").waitFor();
  expect(problems).toEqual([]);
});

test("the history goes on over pages; new calls wait while somebody reads, and are counted", async () => {
  const { page, problems, visit, accessibilityFindings } = await open();
  const [fay, gia, hana] = [newCaller(), newCaller(), newCaller()];
  await block(fay);
  const calls = Array.from({ length: PER_PAGE + 5 }, () => fay.placeCall(bot.phone));
  for (const call of calls) await waitForCall(installation, bot, call, ({ ended }) => ended !== null);
  const onlyFay = `${history}?caller=%2B${fay.phoneNumber}`;
  await visit(onlyFay);
  const first = await callsOn(page);
  expect(first).toHaveLength(PER_PAGE);
  await page.getByRole("link", { name: "Older calls" }).click();
  await page.getByText("Page 2").waitFor();
  const second = await callsOn(page);
  expect(second).toHaveLength(5);
  expect(new Set([...first, ...second]).size).toBe(PER_PAGE + 5);
  expect(await accessibilityFindings()).toEqual([]);
  await page.reload();
  await page.getByText("Page 2").waitFor();
  expect(await callsOn(page)).toEqual(second);
  await page.locator("[data-link=live]").waitFor();
  await fay.placeCall(bot.phone).waitRejected(DEADLINE_MS);
  await page.getByRole("link", { name: "1 new call" }).click();
  await page.waitForURL((url) => !url.searchParams.has("cursor"));
  await eventually(
    () => callsOn(page),
    (shown) => shown.length === PER_PAGE && shown[1] === first[0],
  );

  await visit(history);
  const top = rowsOf(page, fay).first();
  await top.hover();
  const before = await top.boundingBox();
  await callThatRings(installation, bot, () => gia.placeCall(bot.phone));
  await callThatRings(installation, bot, () => hana.placeCall(bot.phone));
  await page.getByRole("button", { name: "2 new calls" }).waitFor();
  expect(await rowsOf(page, gia).count()).toBe(0);
  expect((await top.boundingBox())?.y).toBe(before?.y);
  expect(await accessibilityFindings()).toEqual([]);
  await page.getByRole("button", { name: "2 new calls" }).click();
  await rowsOf(page, hana).waitFor();
  await rowsOf(page, gia).waitFor();
  expect(problems).toEqual([]);
});

test("a viewer reads the history on a phone in the dark, and can change nothing", async () => {
  const viewer = await open({ ...LOOKS.phone, colorScheme: "dark", as: VIEWER });
  const { page, problems, visit, accessibilityFindings, overflow } = viewer;
  await visit(history);
  const shown = await callsOn(page);
  expect(shown.length).toBe(PER_PAGE);
  const buttons = page.getByRole("button", { name: /Block|Allow|allow|Reject/ });
  expect(await buttons.count()).toBe(0);
  expect(await overflow()).toBe(0);
  expect(await accessibilityFindings()).toEqual([]);
  await page.getByText("More filters").click();
  expect(await overflow()).toBe(0);
  await page
    .getByRole("link", { name: /Details/ })
    .first()
    .click();
  await page.getByRole("dialog").getByText("How it was decided").waitFor();
  expect(await overflow()).toBe(0);
  expect(await accessibilityFindings()).toEqual([]);
  expect(problems).toEqual([]);
});

test("while call blocking is off, the history says that nothing is enforced", async () => {
  const { page, problems, visit, accessibilityFindings } = await open();
  await installation.rest.done("PATCH", `/api/bots/${bot.id}/call-blocking`, { enabled: false });
  const iris = newCaller();
  await callThatRings(installation, bot, () => iris.placeCall(bot.phone));
  await visit(history);
  await page.getByText("blocks are not enforced").waitFor();
  await rowsOf(page, iris).filter({ hasText: "Only logged" }).getByText("Call blocking is off").waitFor();
  expect(await accessibilityFindings()).toEqual([]);
  expect(problems).toEqual([]);
});

const open = (options: Parameters<typeof openDashboard>[2] = {}): Promise<Dashboard> =>
  openDashboard(installation, browser, options);

const newCaller = (): SimulatedContact => installation.simulator.createContact({});

const toast = (page: Page, text: string): Locator => page.locator("[data-sonner-toast]").filter({ hasText: text });

const block = ({ phoneNumber }: SimulatedContact): Promise<void> =>
  installation.rest.done("POST", `/api/bots/${bot.id}/blocked-contacts`, { phoneNumber: `+${phoneNumber}`, hours: 1 });

const blocksFor = async ({ phoneNumber }: SimulatedContact) =>
  (await blocksOf(installation, bot)).filter((one) => one.phoneNumber === phoneNumber);
