import { userSessions } from "@switchboard/db/schema";
import type { Locator, Page } from "playwright-core";
import { button, field } from "./controls.ts";
import { ADMIN, type Installation } from "./installation.ts";

const HOUR_MS = 3_600_000;

/** The open dialog with exactly this title. */
export const dialogOf = (page: Page, title: string): Locator => page.getByRole("dialog", { name: title, exact: true });

/** From now on every browser sign-in gave its password an hour ago. */
export async function forgetPasswords(installation: Installation): Promise<void> {
  const confirmedAtMs = Date.now() - HOUR_MS;
  await (await installation.database()).write(async (tx) => {
    await tx.update(userSessions).set({ confirmedAtMs });
  });
}

/** Answers the question for the password; the first admin's unless told otherwise. */
export async function confirmPassword(page: Page, password = ADMIN.password): Promise<void> {
  const dialog = dialogOf(page, "Confirm your password");
  await field(dialog, "Your password").fill(password);
  await button(dialog, "Confirm").click();
}

/** What the page shows this once, a "key" for example; it is a secret from then on. */
export async function readShownSecret(installation: Installation, page: Page, what: string): Promise<string> {
  const secret = await field(page, `Your ${what}`).inputValue();
  return installation.secrets.add(what, secret);
}
