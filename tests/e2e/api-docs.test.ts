import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser, openPage } from "./support/browser.ts";
import { type Product, startProduct } from "./support/product.ts";

/** The page is megabytes of script; the machines of CI are slow and shared. */
const PATIENCE_MS = 60_000;

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

/** Everything the page asked for that failed or lies outside of its own origin; data in the address asks nobody. */
function watchRequests(page: Page, origin: string): readonly string[] {
  const strange: string[] = [];
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !/^(data|blob):/.test(url)) strange.push(url);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) strange.push(`${response.status()} ${response.url()}`);
  });
  page.on("requestfailed", (request) => strange.push(`failed: ${request.url()}`));
  return strange;
}

/** Opens the page, with every refusal of its content security policy reported as an error of the console. */
async function openReference(origin: string) {
  const { page, problems } = await openPage(browser);
  page.setDefaultTimeout(PATIENCE_MS);
  await page.addInitScript(
    `document.addEventListener("securitypolicyviolation", (event) => console.error("refused", event.blockedURI))`,
  );
  const strange = watchRequests(page, origin);
  await page.goto(`${origin}/docs`);
  await page.getByRole("heading", { name: "Whether the first admin exists" }).waitFor();
  return { page, problems, strange };
}

describe.each([
  ["the api's own port", () => product.apiUrl],
  ["the front door", () => product.webUrl],
])("the API page at %s", (_name, originOf) => {
  test("shows the operations without an error, a refused source or a request to anybody else", async () => {
    const { page, problems, strange } = await openReference(originOf());
    await page
      .getByRole("button", { name: /Call blocking/ })
      .first()
      .click();
    await page.getByRole("link", { name: /How a bot screens its calls/ }).click();
    await page.getByRole("heading", { name: "How a bot screens its calls" }).waitFor();
    expect(problems).toEqual([]);
    expect(strange).toEqual([]);
  });

  test("finds an operation from the keyboard alone", async () => {
    const { page, problems } = await openReference(originOf());
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").waitFor();
    await page.keyboard.type("Unlink the bot's device");
    await page.getByRole("option").first().waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Unlink the bot's device" }).waitFor();
    expect(problems).toEqual([]);
  });
});

test("the API page without scripts leads to the description", async () => {
  const { page } = await openPage(browser, { javaScriptEnabled: false });
  await page.goto(`${product.apiUrl}/docs`);
  await page.getByRole("link", { name: "/api/openapi.json" }).click();
  expect(new URL(page.url()).pathname).toBe("/api/openapi.json");
});
