import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { drawQrPath } from "../../web/src/lib/features/bots/qr-path.ts";
import { stanza } from "../simulator/wire/binary-node.ts";
import { createBot, pairByQr, waitForPairing } from "./support/bots.ts";
import { launchBrowser } from "./support/browser.ts";
import { LOOKS, openDashboard } from "./support/dashboard.ts";
import { Installation } from "./support/installation.ts";
import { eventually } from "./support/poll.ts";

let installation: Installation;
let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
  installation = await Installation.startSetUp();
});

afterAll(async () => {
  await browser?.close();
  await installation?.[Symbol.asyncDispose]();
});

afterEach(async () => {
  await Promise.all((browser?.contexts() ?? []).map((context) => context.close()));
});

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const badge = (page: Page, words: string) => page.getByRole("main").getByText(words, { exact: true }).first();
const botIdOf = (page: Page) => new URL(page.url()).pathname.split("/")[2] ?? "";

test("the first bot is created from the empty list, after each bad field was named", async () => {
  const { page, problems, visit, accessibilityFindings } = await openDashboard(installation, browser, {
    timezoneId: "Europe/Madrid",
  });
  await visit("/bots");
  await page.getByText("No bots yet").waitFor();
  await button(page, "Create a bot").first().click();
  const name = page.getByLabel("Name", { exact: true });
  const timeZone = page.getByLabel("Time zone");
  expect(await timeZone.inputValue()).toBe("Europe/Madrid");
  expect(await accessibilityFindings()).toEqual([]);
  await name.fill(" ");
  await timeZone.fill("Middle/Earth");
  await button(page, "Create the bot").click();
  await page.getByText("Not an IANA time zone").waitFor();
  expect(await name.getAttribute("aria-invalid")).toBe("true");
  await name.fill("Front desk");
  await timeZone.fill("Europe/Berlin");
  await button(page, "Create the bot").click();
  await page.getByRole("heading", { name: "Front desk" }).waitFor();
  await badge(page, "Stopped").waitFor();
  await page.getByText("Pair it with a phone.").waitFor();
  await page.getByText("Europe/Berlin", { exact: true }).waitFor();
  await page.getByRole("link", { name: "Bots" }).first().click();
  await button(page, "Create a bot").click();
  await name.fill("Front desk");
  await button(page, "Create the bot").click();
  await page.getByText("Your team already has a bot of this name").waitFor();
  expect(problems).toEqual([]);
});

test("a bot is paired by the QR code on show, which hides when the link is lost, and its state changes live", async () => {
  const { page, problems, visit, accessibilityFindings, overflow } = await openDashboard(installation, browser, {
    ...LOOKS.phone,
    colorScheme: "dark",
  });
  await visit("/bots");
  await page.getByRole("link", { name: "Front desk" }).click();
  await button(page, "Pair").click();
  const code = page.getByRole("img", { name: "QR code that links Front desk" });
  await code.waitFor();
  await page.getByText(/A new code follows in \d+ s\./).waitFor();
  expect(await accessibilityFindings()).toEqual([]);
  expect(await overflow()).toBe(0);
  expect(await code.locator("rect").getAttribute("fill")).toBe("#ffffff");
  await page.context().setOffline(true);
  await code.waitFor({ state: "detached" });
  await page.getByText("The code is hidden").waitFor();
  await page.context().setOffline(false);
  await code.waitFor();
  const phone = installation.simulator.createPhone({ phoneNumber: "4915100000001", pushName: "Front desk" });
  const { qr = "" } = await waitForPairing(installation, botIdOf(page), "qr");
  const { path, size } = drawQrPath(installation.secrets.add("QR text", qr));
  await page.locator(`svg[viewBox="0 0 ${size} ${size}"] path[d="${path}"]`).waitFor();
  await phone.scanQr(qr);
  await page.getByText("Front desk is linked").waitFor();
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  await badge(page, "Online").waitFor();
  await page.getByText("+4915100000001").first().waitFor();
  expect(await overflow()).toBe(0);
  expect(await accessibilityFindings()).toEqual([]);
  expect(problems).toEqual([]);
});

test("a failed pairing says why and what to do; the code is an equal way, for a number that is one", async () => {
  const { id } = await createBot(installation, "Night desk");
  const { page, problems, visit, accessibilityFindings } = await openDashboard(installation, browser);
  await visit(`/bots/${id}`);
  await button(page, "Pair").click();
  await page.getByRole("img", { name: "QR code that links Night desk" }).waitFor();
  refusePairings();
  await page.getByText("WhatsApp refused to link").waitFor();
  expect(await accessibilityFindings()).toEqual([]);
  await page.getByText("Type a code").click();
  const number = page.getByLabel("Phone number");
  await number.fill("not a number");
  await button(page, "Get a code").click();
  await page.getByText("Write the phone number with its country code").waitFor();
  const phone = installation.simulator.createPhone({ phoneNumber: "4915100000002" });
  await number.fill("+49 151 0000 0002");
  await button(page, "Get a code").click();
  await page.locator("[data-pairing-code]").waitFor();
  const { code = "" } = await waitForPairing(installation, id, "code");
  installation.secrets.add("pairing code", code);
  expect(await page.locator("[data-pairing-code]").textContent()).toBe(`${code.slice(0, 4)}-${code.slice(4)}`);
  expect(await accessibilityFindings()).toEqual([]);
  phone.linkRefusal = "passkey-required";
  await expect(phone.typePairingCode(code)).rejects.toThrow();
  await page.getByText("WhatsApp asks for a passkey").waitFor();
  phone.linkRefusal = null;
  await button(page, "Begin again").click();
  await number.fill("+49 151 0000 0002");
  await button(page, "Get a code").click();
  await page.locator("[data-pairing-code]").waitFor();
  const { code: second = "" } = await waitForPairing(installation, id, "code");
  await phone.typePairingCode(installation.secrets.add("pairing code", second));
  await page.getByText("Night desk is linked").waitFor();
  await badge(page, "Online").waitFor();
  expect(problems).toEqual([]);
});

test("closing the dialog cancels the pairing, and another admin who looks at it is told", async () => {
  const { id } = await createBot(installation, "Third desk");
  const one = await openDashboard(installation, browser);
  const other = await openDashboard(installation, browser, { as: await addPerson("admin") });
  await one.visit(`/bots/${id}`);
  await other.visit(`/bots/${id}`);
  await button(one.page, "Pair").click();
  await one.page.getByRole("img", { name: /QR code/ }).waitFor();
  await badge(other.page, "Pairing").waitFor();
  await button(other.page, "Pair").click();
  await other.page.getByRole("img", { name: /QR code/ }).waitFor();
  await one.page.keyboard.press("Escape");
  await other.page.getByText("This pairing was cancelled").waitFor();
  await button(other.page, "Cancel").click();
  await waitForPairing(installation, id, "idle");
  await badge(one.page, "Stopped").waitFor();
  expect([...one.problems, ...other.problems]).toEqual([]);
});

test("a bot is stopped, started, renamed, logged out and deleted; each question names it, and others see it live", async () => {
  const phone = installation.simulator.createPhone({ phoneNumber: "4915100000003" });
  const { id } = await pairByQr(installation, "Old name", phone);
  const { page, problems, visit, accessibilityFindings } = await openDashboard(installation, browser);
  const other = await openDashboard(installation, browser, { as: await addPerson("viewer") });
  await visit(`/bots/${id}`);
  await other.visit(`/bots/${id}`);
  await badge(other.page, "Online").waitFor();
  expect(await button(other.page, "Stop").count()).toBe(0);
  await button(page, "Stop").click();
  await page.getByRole("heading", { name: "Stop Old name?" }).waitFor();
  await page.getByText("Its session is kept").waitFor();
  expect(await accessibilityFindings()).toEqual([]);
  await page.getByRole("dialog").getByRole("button", { name: "Stop" }).click();
  await badge(other.page, "Stopped").waitFor();
  await other.page.getByText("Somebody stopped this bot.").first().waitFor();
  await button(page, "Start").click();
  await badge(other.page, "Online").waitFor();
  await button(page, "Restart").click();
  await page.getByText("It stays linked to its phone.").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Restart" }).click();
  await page.getByText("Old name is restarting").waitFor();
  await renameAll(page);
  await other.page.getByRole("heading", { name: "New name" }).waitFor();
  await button(page, "Log out").click();
  await page.getByText("Its device is unlinked from the phone").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Log out" }).click();
  await badge(other.page, "Logged out").waitFor();
  await eventually(
    () => Promise.resolve(phone.devices.length),
    (devices) => devices === 0,
  );
  await button(page, "Delete").click();
  const confirm = button(page, "Delete the bot");
  expect(await confirm.isDisabled()).toBe(true);
  await page.getByLabel("Type “New name” to confirm").fill("Old name");
  expect(await confirm.isDisabled()).toBe(true);
  await page.getByLabel("Type “New name” to confirm").fill("New name");
  await confirm.click();
  await page.getByText("New name is deleted").waitFor();
  await other.page.getByText("This bot is gone").waitFor();
  expect([...problems, ...other.problems]).toEqual([]);
});

test("the list is narrowed by state and name from the address bar, with counts, and goes on page by page", async () => {
  for (let number = 1; number <= 51; number++) await createBot(installation, `Spare ${number}`);
  const { page, problems, visit, accessibilityFindings, overflow } = await openDashboard(
    installation,
    browser,
    LOOKS.phone,
  );
  await visit("/bots?state=online");
  const rows = page.getByRole("main").getByRole("listitem");
  await page.getByRole("link", { name: "Front desk" }).waitFor();
  expect(await rows.count()).toBe(2);
  expect(await page.getByRole("link", { name: "Online 2" }).getAttribute("aria-current")).toBe("true");
  await page.getByRole("link", { name: /^All/ }).click();
  await button(page, "Load more").click();
  await page.getByRole("link", { name: "Spare 51" }).waitFor();
  expect(await accessibilityFindings()).toEqual([]);
  expect(await overflow()).toBe(0);
  await page.getByLabel("Name of a bot").fill("spare 5");
  await page.waitForURL("**/bots?name=spare+5");
  await page.getByRole("link", { name: "All 3" }).waitFor();
  expect(await rows.count()).toBe(3);
  await page.getByLabel("Name of a bot").fill("nowhere");
  await page.getByText("No bot fits").waitFor();
  await page.goBack();
  expect(problems).toEqual([]);
});

test("the history tells each state with its reason, by keyboard and as a table", async () => {
  const { page, problems, visit, accessibilityFindings } = await openDashboard(installation, browser);
  await visit("/bots");
  await page.getByRole("link", { name: "Night desk" }).click();
  const bar = page.getByRole("slider", { name: "Connection history" });
  await bar.focus();
  expect(await bar.getAttribute("aria-valuetext")).toMatch(/^Online for /);
  await page.keyboard.press("Home");
  expect(await bar.getAttribute("aria-valuetext")).toMatch(/^Stopped for /);
  await page.getByText("As a table").click();
  const table = page.getByRole("table");
  expect(await table.textContent()).toMatch(/The phone could not be linked\./);
  await page.getByRole("link", { name: "7 days" }).click();
  await page.waitForURL("**?range=7d");
  expect(await page.getByRole("link", { name: "7 days" }).getAttribute("aria-current")).toBe("true");
  expect(await accessibilityFindings()).toEqual([]);
  expect(problems).toEqual([]);
});

async function renameAll(page: Page): Promise<void> {
  await button(page, "Rename").click();
  const name = page.getByLabel("New name");
  expect(await name.inputValue()).toBe("Old name");
  await name.fill("Front desk");
  await page.getByRole("dialog").getByRole("button", { name: "Rename" }).click();
  await page.getByText("Your team already has a bot of this name").waitFor();
  await name.fill("New name");
  await page.getByRole("dialog").getByRole("button", { name: "Rename" }).click();
  await page.getByRole("heading", { name: "New name" }).waitFor();
}

/** Another person of the team, with what they sign in with. */
async function addPerson(role: "admin" | "viewer"): Promise<{ email: string; password: string }> {
  const person = { email: `${role}@example.org`, password: "e2e canary: another long sentence" };
  await installation.rest.done("POST", "/api/users", { name: role, role, ...person });
  return person;
}

/** Ends every connection that is not logged in as WhatsApp does when it refuses to link a device. */
function refusePairings(): void {
  for (const connection of installation.simulator.world.connections) {
    if (connection.device !== null) continue;
    connection.send(stanza("failure", { reason: "403" }));
    connection.close();
  }
}
