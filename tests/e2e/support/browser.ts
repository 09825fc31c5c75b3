import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** A page that remembers what a person would not see: errors in the console, refused sources, failed scripts. */
export type WatchedPage = {
  page: Page;
  /** One sentence each; a test that expects none compares with an empty list. */
  problems: readonly string[];
};

/**
 * Starts Debian's Chromium, which `npm test` finds or installs.
 * @throws {Error} when CHROMIUM_PATH names none.
 */
export function launchBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM_PATH;
  if (!executablePath) {
    throw new Error("Set CHROMIUM_PATH to a Chromium, or run the tests with `npm test`.");
  }
  // Chromium refuses to run its sandbox as root, which is what containers give.
  return chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 });
}

/** Opens an empty page in a fresh profile. A request that fails because a test took the api away is not a problem. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", (err) => problems.push(`script error: ${err.message}`));
  page.on("console", (message) => {
    const isFailedRequest = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !isFailedRequest) {
      problems.push(`console: ${message.text()}`);
    }
  });
  return { page, problems };
}
