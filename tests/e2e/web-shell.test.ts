import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser } from "./support/browser.ts";
import { LOOKS, openDashboard } from "./support/dashboard.ts";
import { ADMIN, Installation } from "./support/installation.ts";

let installation: Installation;
let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
  installation = await Installation.start();
});

afterAll(async () => {
  await browser?.close();
  await installation?.[Symbol.asyncDispose]();
});

test("a new installation leads to its setup, says what is wrong in each field, and then to the bots", async () => {
  const { page, problems, accessibilityFindings } = await openDashboard(installation, browser, { as: null });
  await page.goto("/");
  await page.getByRole("heading", { name: "Set up Switchboard" }).waitFor();
  expect(await accessibilityFindings()).toEqual([]);
  await page.getByLabel("Setup code").fill("not the code");
  await page.getByLabel("Your name").fill(ADMIN.name);
  await page.getByLabel("Email address").fill(ADMIN.email);
  await page.getByLabel("Password").fill(ADMIN.password);
  await page.getByRole("button", { name: "Create the owner's account" }).click();
  await page.getByText("This is not the setup code").waitFor();
  await page.getByLabel("Setup code").fill(await installation.readSetupCode());
  await page.getByRole("button", { name: "Create the owner's account" }).click();
  await page.getByRole("heading", { name: "Bots", exact: true }).waitFor();
  await page.goto("/setup");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  expect(problems).toEqual([]);
});

test("who is not signed in is led to the login, and back to where they were going", async () => {
  const { page, problems, accessibilityFindings } = await openDashboard(installation, browser, { as: null });
  await page.goto("/system");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  expect(await accessibilityFindings()).toEqual([]);
  await page.getByLabel("Email address").fill(ADMIN.email);
  await page.getByLabel("Password").fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("The email address or the password is not right.").waitFor();
  await page.getByLabel("Password").fill(ADMIN.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("**/system");
  await page.getByRole("button", { name: ADMIN.name }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.goto("/bots");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  expect(problems).toEqual([]);
});

test("an open page says that its link is lost, and heals by itself", async () => {
  const { page, problems, visit } = await openDashboard(installation, browser, LOOKS.phone);
  await visit("/bots");
  await page.context().setOffline(true);
  await page.getByText("The link to Switchboard is lost.").waitFor();
  await page.context().setOffline(false);
  await page.locator("[data-link=live]").waitFor();
  await page.getByText("The link to Switchboard is lost.").waitFor({ state: "detached" });
  expect(problems).toEqual([]);
});

test("a page opened while the api does not answer is served, and heals", async () => {
  const { page } = await openDashboard(installation, browser);
  process.kill(installation.product.pidOf("api"), "SIGSTOP");
  try {
    await page.goto("/bots");
    await page.getByText("Bots could not be loaded").waitFor();
  } finally {
    process.kill(installation.product.pidOf("api"), "SIGCONT");
  }
  await page.getByText("No bots yet").waitFor();
  await page.locator("[data-link=live]").waitFor();
});

test("a chosen colour scheme stays, and is there from the first byte", async () => {
  const { page, visit } = await openDashboard(installation, browser, { colorScheme: "light" });
  await visit("/bots");
  const background = () => page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
  const light = await background();
  await page.getByRole("button", { name: ADMIN.name }).click();
  await page.getByLabel("Dark").check();
  expect(await background()).not.toBe(light);
  expect(await (await page.request.get("/bots")).text()).toContain('data-theme="dark"');
});

test("a page carries a content security policy with a fresh nonce and no inline permission for scripts", async () => {
  const login = `${installation.product.webUrl}/login`;
  const policies = await Promise.all(
    [1, 2].map(async () => (await fetch(login)).headers.get("content-security-policy")),
  );
  for (const policy of policies) {
    expect(policy).toMatch(/script-src 'self' 'nonce-[^']+'(?:;|$)/);
    expect(policy).toContain("frame-ancestors 'none'");
  }
  expect(policies[0]).not.toBe(policies[1]);
});
