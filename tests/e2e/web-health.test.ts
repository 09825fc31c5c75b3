import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser, openPage } from "./support/browser.ts";
import { type Product, startProduct } from "./support/product.ts";

const PHONE = { viewport: { width: 360, height: 740 } };

let product: Product;
let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
  product = await startProduct();
});

afterAll(async () => {
  await browser?.close();
  await product?.stop();
});

test("the first page shows that all parts work, on a phone without scrolling sideways", async () => {
  const { page, problems } = await openPage(browser, PHONE);
  await page.goto(product.webUrl);
  await page.getByText("All parts work").waitFor();
  await page.getByRole("heading", { name: "System health" }).waitFor();
  expect(await page.locator("main li").count()).toBe(1);
  expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(PHONE.viewport.width);
  expect(problems).toEqual([]);
});

test.each(["light", "dark"] as const)("the first page follows the %s scheme of the system", async (colorScheme) => {
  const { page } = await openPage(browser, { colorScheme });
  await page.goto(product.webUrl);
  const background = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
  expect(background).toBe(colorScheme === "light" ? "rgb(246, 247, 249)" : "rgb(16, 19, 24)");
});

test("an open page says that the api is away, and heals by itself when it returns", async () => {
  const { page, problems } = await openPage(browser);
  await page.goto(product.webUrl);
  await page.getByText("All parts work").waitFor();
  process.kill(product.pidOf("api"), "SIGSTOP");
  try {
    await page.getByRole("heading", { name: "The api does not answer" }).waitFor();
  } finally {
    process.kill(product.pidOf("api"), "SIGCONT");
  }
  await page.getByText("All parts work").waitFor();
  expect(problems).toEqual([]);
});

test("a page opened while the api is away is served and heals", async () => {
  const { page } = await openPage(browser);
  process.kill(product.pidOf("api"), "SIGSTOP");
  try {
    await page.goto(product.webUrl);
    await page.getByRole("heading", { name: "The api does not answer" }).waitFor();
  } finally {
    process.kill(product.pidOf("api"), "SIGCONT");
  }
  await page.getByText("All parts work").waitFor();
});

test("a page carries a content security policy with a fresh nonce and no inline permission for scripts", async () => {
  const policies = await Promise.all(
    [1, 2].map(async () => (await fetch(product.webUrl)).headers.get("content-security-policy")),
  );
  for (const policy of policies) {
    expect(policy).toMatch(/script-src 'self' 'nonce-[^']+'(?:;|$)/);
    expect(policy).toContain("frame-ancestors 'none'");
  }
  expect(policies[0]).not.toBe(policies[1]);
});
