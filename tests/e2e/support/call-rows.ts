import type { Locator, Page } from "playwright-core";
import type { SimulatedContact } from "../../simulator/index.ts";

/** The rows of the dashboard's call history that are calls of one caller. */
export const rowsOf = (page: Page, caller: SimulatedContact): Locator =>
  page.getByRole("listitem").filter({ has: page.getByRole("heading", { name: `+${caller.phoneNumber}` }) });

/** The ids of the calls on show, from the top. */
export async function callsOn(page: Page): Promise<string[]> {
  const links = await page.getByRole("link", { name: /^Details of the call/ }).all();
  const hrefs = await Promise.all(links.map((link) => link.getAttribute("href")));
  return hrefs.map((href) => new URLSearchParams(href?.split("?")[1]).get("call") ?? "");
}
