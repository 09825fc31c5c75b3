import { workers } from "@switchboard/db/schema";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser } from "./support/browser.ts";
import { LOOKS, openDashboard } from "./support/dashboard.ts";
import { Installation } from "./support/installation.ts";

/** Longer than a worker may be silent. */
const SILENCE_MS = 120_000;
const OPERATOR = { name: "Olu Operator", email: "olu@example.org", password: "e2e canary: calls all day long" };
const CRON_SECRET = "e2e canary: a secret of the housekeeping";

let installation: Installation;
let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
  installation = await Installation.startSetUp({ env: { CRON_SECRET } });
  await installation.rest.done("POST", "/api/users", { ...OPERATOR, role: "operator" });
});

afterAll(async () => {
  await browser?.close();
  await installation?.[Symbol.asyncDispose]();
});

test("an admin sees what runs and with which settings, no secret among them; an operator sees no settings", async () => {
  const { page, problems, visit, accessibilityFindings } = await openDashboard(installation, browser);
  await visit("/system");
  await page.getByText("Everything runs").waitFor();
  const setting = (name: string) => page.locator(`[data-setting=${name}]`);
  await setting("CRON_SECRET").getByText("set, and not shown").waitFor();
  expect(await accessibilityFindings()).toEqual([]);
  await page.getByRole("link", { name: "Show all" }).click();
  await setting("METRICS_TOKEN").getByText("not set").waitFor();
  await setting("CALL_RETENTION_DAYS").getByText("90").waitFor();
  expect(await page.content()).not.toContain(CRON_SECRET);
  const other = await openDashboard(installation, browser, { as: OPERATOR });
  await other.visit("/system");
  await other.page.getByText("Everything runs").waitFor();
  expect(await other.page.getByText("Settings in force").count()).toBe(0);
  expect([...problems, ...other.problems]).toEqual([]);
});

test("a worker that hangs and is killed is shown on an open page, and so is its return", async () => {
  const { page, problems, visit, accessibilityFindings } = await openDashboard(installation, browser);
  await visit("/system");
  await page.getByText("Everything runs").waitFor();
  const pid = installation.product.pidOf("worker");
  process.kill(pid, "SIGSTOP");
  await (await installation.database()).write(async (tx) => {
    await tx.update(workers).set({ lastSeenAtMs: Date.now() - SILENCE_MS });
  });
  await page.getByText("No worker is up").waitFor();
  await page.locator("[data-worker]").getByText("Silent").waitFor();
  expect(await accessibilityFindings()).toEqual([]);
  process.kill(pid, "SIGKILL");
  await page.getByText("Everything runs").waitFor();
  expect(problems).toEqual([]);
});

test("the page fits a phone, in the dark as well", async () => {
  const options = { ...LOOKS.phone, colorScheme: "dark" } as const;
  const { problems, visit, accessibilityFindings, overflow, page } = await openDashboard(
    installation,
    browser,
    options,
  );
  await visit("/system?settings=all");
  await page.locator("[data-setting=METRICS_TOKEN]").waitFor();
  expect(await overflow()).toBe(0);
  expect(await accessibilityFindings()).toEqual([]);
  expect(problems).toEqual([]);
});
