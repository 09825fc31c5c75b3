import { createdApiKeySchema } from "@switchboard/core/services/identity/api-keys/schemas";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PairedBot, pairByQr, waitForState } from "./support/bots.ts";
import { launchBrowser } from "./support/browser.ts";
import { button, field } from "./support/controls.ts";
import { openDashboard } from "./support/dashboard.ts";
import { confirmPassword, dialogOf, forgetPasswords, readShownSecret } from "./support/dialogs.ts";
import { ADMIN, Installation } from "./support/installation.ts";

let installation: Installation;
let browser: Browser;
let bot: PairedBot;

beforeAll(async () => {
  browser = await launchBrowser();
  installation = await Installation.startSetUp();
  const phone = installation.simulator.createPhone({ phoneNumber: "4915100000001", pushName: "Front desk" });
  bot = await pairByQr(installation, "Front desk", phone);
});

afterAll(async () => {
  await browser?.close();
  await installation?.[Symbol.asyncDispose]();
});

const sessionPath = () => `/bots/${bot.id}/session`;
const holderOf = (page: Page) => page.locator("[data-holder]");

test("a key is made field by field, shown once and guarded, used, changed, rotated and revoked", async () => {
  const { page, problems, visit, accessibilityFindings } = await openDashboard(installation, browser);
  await visit("/bots");
  await page.getByRole("link", { name: "API keys" }).click();
  await page.getByText("No API keys yet").waitFor();
  expect(await accessibilityFindings()).toEqual([]);
  await button(page, "Make the first key").click();
  const form = dialogOf(page, "New API key");
  await field(form, "Name").fill("  ");
  await form.getByRole("radio", { name: "Only these" }).check();
  await field(form, "Days it lives").fill("400");
  await field(form, "Requests a minute (optional)").fill("many");
  await forgetPasswords(installation);
  await button(form, "Create the key").click();
  await form.getByText("Choose one thing at least.").waitFor();
  await form.getByText("Choose one bot at least.").waitFor();
  await form.getByText("Give 1 to 365 days.").waitFor();
  expect(await form.locator("[aria-invalid=true]").count()).toBe(3);
  expect(await accessibilityFindings()).toEqual([]);

  await field(form, "Name").fill("billing");
  await form.getByRole("checkbox", { name: "Front desk" }).check();
  await form.getByRole("radiogroup", { name: "Bots" }).getByRole("radio", { name: "Read", exact: true }).check();
  await form.getByRole("checkbox", { name: /^Fetch sessions/ }).check();
  await form.getByRole("checkbox", { name: /^Fetch them in plain form/ }).check();
  await field(form, "Days it lives").fill("30");
  await field(form, "Requests a minute (optional)").fill("600");
  await field(form, "Addresses (optional)").fill("somewhere");
  await button(form, "Create the key").click();
  await confirmPassword(page, "not the password");
  await dialogOf(page, "Confirm your password").locator("[aria-invalid=true]").waitFor();
  expect(await accessibilityFindings()).toEqual([]);
  await confirmPassword(page);
  await form.getByText("Write an address range such as 203.0.113.0/24.").waitFor();
  await field(form, "Addresses (optional)").fill("127.0.0.0/8\n::1");
  await button(form, "Create the key").click();

  const shown = dialogOf(page, "The key “billing” is made");
  const secret = await readShownSecret(installation, page, "key");
  expect(secret).toMatch(/^sb_live_/);
  expect(await accessibilityFindings()).toEqual([]);
  await page.keyboard.press("Escape");
  await shown.getByText("Is the key stored?").waitFor();
  await page.keyboard.press("Escape");
  await button(shown, "Keep it open").click();
  await page.evaluate("history.back()");
  await shown.getByText("Is the key stored?").waitFor();
  expect(await field(shown, "Your key").inputValue()).toBe(secret);
  await button(shown, "I have stored it").click();
  await shown.waitFor({ state: "detached" });
  expect(await page.content()).not.toContain(secret);

  const row = page.getByRole("row").filter({ hasText: "billing" });
  await row.getByText("Never").waitFor();
  await row.getByText("Only Front desk").waitFor();
  await row.getByText("Sealed: no, plain").waitFor();
  expect((await installation.restAs(secret).ask("GET", `/api/bots/${bot.id}/session`)).status).toBe(200);
  await row.getByText("from 127.0.0.1", { exact: true }).waitFor();

  await button(row, "Change billing").click();
  const edit = dialogOf(page, "Change “billing”");
  await field(edit, "Name").fill(" ");
  await field(edit, "Requests a minute (optional)").fill("0");
  await button(edit, "Save").click();
  await edit.locator("[aria-invalid=true]").nth(1).waitFor();
  expect(await accessibilityFindings()).toEqual([]);
  await field(edit, "Name").fill("billing service");
  await field(edit, "Requests a minute (optional)").fill("300");
  await field(edit, "Addresses (optional)").fill("here");
  await button(edit, "Save").click();
  await edit.getByText("Write an address range").waitFor();
  await field(edit, "Addresses (optional)").fill("");
  await button(edit, "Save").click();
  await row.getByText("300 requests a minute").waitFor();

  await button(row, "Disable billing service").click();
  await button(dialogOf(page, "Disable “billing service”?"), "Disable the key").click();
  await row.getByText("Disabled", { exact: true }).waitFor();
  expect((await installation.restAs(secret).ask("GET", "/api/bots")).status).toBe(401);
  await button(page, "Enable again").click();
  await row.getByText("Active", { exact: true }).waitFor();

  await button(row, "Rotate billing service").click();
  const rotation = dialogOf(page, "Rotate “billing service”");
  await field(rotation, "Days the new key lives (optional)").fill("never");
  await button(rotation, "Rotate").click();
  await rotation.getByText("Give 1 to 365 days.").waitFor();
  expect(await accessibilityFindings()).toEqual([]);
  await field(rotation, "Days the new key lives (optional)").fill("");
  await button(rotation, "Rotate").click();
  const successor = await readShownSecret(installation, page, "key");
  await button(page, "I have stored it").click();
  await page.getByText("It was rotated. It works on until").waitFor();
  for (const key of [secret, successor])
    expect((await installation.restAs(key).ask("GET", "/api/bots")).status).toBe(200);

  await row.filter({ hasNotText: "It was rotated" }).getByRole("button", { name: "Revoke billing service" }).click();
  const revocation = dialogOf(page, "Revoke “billing service”?");
  await revocation.getByText("It holds no bot now.").waitFor();
  expect(await accessibilityFindings()).toEqual([]);
  await button(revocation, "Revoke the key").click();
  await page.getByRole("link", { name: "Ended (1)" }).click();
  await page.getByText("Ended for good on").waitFor();
  expect((await installation.restAs(successor).ask("GET", "/api/bots")).status).toBe(401);
  await field(page, "Search by name").fill("nothing of the kind");
  await page.keyboard.press("Enter");
  await page.getByText("No key fits").waitFor();
  expect(new URL(page.url()).search).toBe("?show=ended&name=nothing+of+the+kind");
  expect(problems).toEqual([]);
});

test("a bot taken over by a key is seen live, and taken back; a frozen one is unfrozen", async () => {
  const { page, problems, visit, accessibilityFindings } = await openDashboard(installation, browser);
  const secret = await makeHolder();
  await visit(sessionPath());
  await holderOf(page).getByText("Worker worker-1").waitFor();
  expect(await accessibilityFindings()).toEqual([]);
  expect((await takeOver(secret)).status).toBe(201);
  await holderOf(page).getByText("The API key “holder”").waitFor();
  await button(page, "Take back").click();
  const mild = dialogOf(page, "Take Front desk back?");
  await mild.getByText("within 20 seconds").waitFor();
  expect(await accessibilityFindings()).toEqual([]);
  await button(mild, "Take back").click();
  await holderOf(page).getByText("Asked back").waitFor();
  await page.getByText("Its holder was asked to finish and give it back, for the workers.").waitFor();
  await button(page, "Take by force…").click();
  const force = dialogOf(page, "Take Front desk by force");
  await force.getByText("The API key “holder” is not asked").waitFor();
  expect(await accessibilityFindings()).toEqual([]);
  await button(force, "Take by force").click();
  await holderOf(page).getByText("Worker worker-1").waitFor();
  await waitForState(installation, bot.id, "online");

  await button(page, "Freeze").click();
  await button(dialogOf(page, "Freeze Front desk?"), "Freeze").click();
  await holderOf(page).getByText("Frozen").waitFor();
  expect((await takeOver(secret)).status).toBe(409);
  await button(page, "Unfreeze").click();
  await button(dialogOf(page, "Unfreeze Front desk?"), "Unfreeze").click();
  await holderOf(page).getByText("Worker worker-1").waitFor();
  await waitForState(installation, bot.id, "online");
  expect(problems).toEqual([]);
});

test("a session token is made, shown once, seen in use and revoked", async () => {
  const { page, problems, visit, accessibilityFindings } = await openDashboard(installation, browser);
  await visit(sessionPath());
  await button(page, "New token").click();
  const form = dialogOf(page, "New session token for Front desk");
  await field(form, "Lives for").fill("5 years");
  await button(form, "Make the token").click();
  await form.getByText("Give 60 seconds to 7 days").waitFor();
  expect(await accessibilityFindings()).toEqual([]);
  await field(form, "Lives for").fill("15m");
  await button(form, "Make the token").click();
  const token = await readShownSecret(installation, page, "token");
  expect(await accessibilityFindings()).toEqual([]);
  await button(page, "I have stored it").click();
  const rows = page.getByRole("region", { name: "Table of session tokens" }).getByRole("row");
  const made = rows.filter({ hasText: ADMIN.name }).first();
  await made.getByText("Active").waitFor();
  const fetched = await installation.restAs(token).ask("GET", `/api/bots/${bot.id}/session`);
  expect(fetched.status).toBe(200);
  const disclosures = page.getByRole("region", { name: "Table of disclosures" });
  await disclosures.getByText("127.0.0.1").first().waitFor();
  await rows.filter({ hasText: ADMIN.name, hasNotText: "Never" }).getByRole("button").click();
  const revocation = dialogOf(page, "Revoke this token of Front desk?");
  expect(await accessibilityFindings()).toEqual([]);
  await button(revocation, "Revoke the token").click();
  await rows.filter({ hasText: ADMIN.name }).getByText("Revoked").first().waitFor();
  expect((await installation.restAs(token).ask("GET", `/api/bots/${bot.id}/session`)).status).toBe(401);
  expect(problems).toEqual([]);
});

/** A key that may hold bots; its secret. */
async function makeHolder(): Promise<string> {
  const body = { name: "holder", scopes: ["session:lease", "session:takeover"], botIds: [bot.id] };
  const { secret } = await installation.rest.send("POST", "/api/keys", body, createdApiKeySchema);
  return installation.secrets.add("API key", secret);
}

const takeOver = (secret: string): Promise<Response> =>
  fetch(`${installation.product.apiUrl}/api/bots/${bot.id}/session/lease`, {
    method: "POST",
    headers: { "x-api-key": secret, "content-type": "application/json", "idempotency-key": crypto.randomUUID() },
    body: JSON.stringify({ ttlSeconds: 300, takeover: true, waitSeconds: 30 }),
  });
