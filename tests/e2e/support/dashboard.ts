import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { openPage } from "./browser.ts";
import { ADMIN, type Installation } from "./installation.ts";

/** Sizes and colours in which pages are looked at. */
export const LOOKS = {
  desktop: { viewport: { width: 1280, height: 850 } },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true },
} as const satisfies Record<string, BrowserContextOptions>;

/** A tab of the dashboard that remembers what a person would not see. */
export interface Dashboard {
  readonly page: Page;
  /** Errors in the console, refused sources (CSP) and failed scripts, one sentence each; empty is well. */
  readonly problems: readonly string[];
  /** Opens a path of the dashboard, and waits until its live link stands. */
  visit(path: string): Promise<void>;
  /** What axe finds on the page as it is now, one sentence each: WCAG 2.2 A and AA, and its best practices. */
  accessibilityFindings(): Promise<string[]>;
  /** Pixels by which the page is wider than the window. */
  overflow(): Promise<number>;
}

/** Opens a fresh profile, signed in as `as` (the first admin unless told otherwise; null: nobody). */
export async function openDashboard(
  installation: Installation,
  browser: Browser,
  options: BrowserContextOptions & { readonly as?: { email: string; password: string } | null } = {},
): Promise<Dashboard> {
  const { as = ADMIN, ...contextOptions } = options;
  const { webUrl } = installation.product;
  const { page, problems } = await openPage(browser, { ...LOOKS.desktop, ...contextOptions, baseURL: webUrl });
  if (as !== null) await signInContext(page.context(), webUrl, as);
  return {
    page,
    problems,
    visit: async (path) => {
      await page.goto(path);
      await page.locator("[data-link=live]").waitFor();
    },
    accessibilityFindings: async () => {
      const { violations } = await new AxeBuilder({ page }).analyze();
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(" | ")}`);
    },
    overflow: () => page.evaluate<number>("document.documentElement.scrollWidth - innerWidth"),
  };
}

/** The first admin's sign-in as a browser would send it, for requests without a browser. */
export async function signInByCookie({ product: { webUrl } }: Installation): Promise<string> {
  const answer = await fetch(`${webUrl}/api/auth/sign-in/email`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: webUrl },
    body: JSON.stringify({ email: ADMIN.email, password: ADMIN.password }),
  });
  const cookies = answer.headers.getSetCookie().map((line) => line.split(";")[0]);
  if (cookies.length === 0) throw new Error(`the sign-in was refused: ${answer.status}`);
  return cookies.join("; ");
}

async function signInContext(context: BrowserContext, webUrl: string, as: { email: string; password: string }) {
  const data = { email: as.email, password: as.password };
  const answer = await context.request.post("/api/auth/sign-in/email", { data, headers: { origin: webUrl } });
  if (!answer.ok()) throw new Error(`the sign-in was refused: ${answer.status()} ${await answer.text()}`);
}
