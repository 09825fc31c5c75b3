import type { Locator, Page } from "playwright-core";

/** A button by the whole of its name. */
export const button = (place: Page | Locator, name: string): Locator =>
  place.getByRole("button", { name, exact: true });

/** A field by the whole of its label. */
export const field = (place: Page | Locator, label: string): Locator => place.getByLabel(label, { exact: true });

/** Whether the browser itself refuses the field's value, and has led to the field. */
export const isRefusedByBrowser = async (page: Page, input: Locator): Promise<boolean> =>
  (await input.and(page.locator(":invalid:focus")).count()) === 1;
