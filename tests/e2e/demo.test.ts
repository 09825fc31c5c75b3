import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { launchBrowser, openPage } from "./support/browser.ts";
import { type Demo, startDemo } from "./support/demo.ts";
import { eventually } from "./support/poll.ts";

const botsSchema = z.object({ items: z.array(z.object({ id: z.string(), name: z.string(), state: z.string() })) });
const callsSchema = z.object({ items: z.array(z.object({ callId: z.string(), outcome: z.string() })) });
const placedSchema = z.object({ id: z.string() });

let demo: Demo;
let browser: Browser;

beforeAll(async () => {
  [browser, demo] = await Promise.all([launchBrowser(), startDemo()]);
});

afterAll(async () => {
  await browser?.close();
  await demo?.[Symbol.asyncDispose]();
});

/** Asks the api as the person who is signed in on a page. */
async function read<T>(page: Page, procedure: string, input: object, schema: z.ZodType<T>): Promise<T> {
  const query = encodeURIComponent(JSON.stringify({ json: input }));
  const answer = await page.request.get(`${demo.webUrl}/trpc/${procedure}?input=${query}`);
  return z.object({ result: z.object({ data: z.object({ json: schema }) }) }).parse(await answer.json()).result.data
    .json;
}

async function findingsOn(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(" | ")}`);
}

test("a demo tells how to get in, shows calls that are blocked and one that is placed by hand, and leaves nothing behind", async () => {
  const dashboard = await openPage(browser, { baseURL: demo.webUrl });
  await signIn(dashboard.page);
  const { items } = await read(dashboard.page, "bots.list", {}, botsSchema);
  expect(items).toMatchObject([
    { name: expect.stringMatching(/Front desk|Night shift/), state: "online" },
    { name: expect.stringMatching(/Front desk|Night shift/), state: "online" },
  ]);
  const botId = items.find(({ name }) => name === "Front desk")?.id ?? "";

  const control = await openPage(browser, { baseURL: demo.controlUrl });
  await control.page.goto("/");
  await control.page.getByText("reads: Hello! You have called several times today.").first().waitFor();
  expect((await read(dashboard.page, "calls.list", { botId, outcome: "blocked" }, callsSchema)).items).not.toEqual([]);
  expect(await findingsOn(control.page)).toEqual([]);

  const callId = await placeByHand(control.page);
  const isShown = (calls: z.infer<typeof callsSchema>) => calls.items.some((call) => call.callId === callId);
  await eventually(() => read(dashboard.page, "calls.list", { botId, limit: 200 }, callsSchema), isShown);
  await control.page.getByRole("button", { name: "Hang up" }).click();
  await control.page.getByText("Your voice call to Front desk is over.").waitFor();

  expect([...dashboard.problems, ...control.problems]).toEqual([]);
  await Promise.all([dashboard.page.close(), control.page.close()]);
  expect(await demo.interrupt()).toEqual({ exitCode: 0, left: [] });
});

/** By the login page, which says where one is. */
async function signIn(page: Page): Promise<void> {
  await page.goto("/");
  await page.getByText("This is a simulation. Nothing here reaches WhatsApp.").waitFor();
  expect(await page.getByRole("link", { name: "Control the callers" }).getAttribute("href")).toBe(demo.controlUrl);
  expect(await findingsOn(page)).toEqual([]);
  await page.getByLabel("Email address").fill(demo.login.email);
  await page.getByLabel("Password").fill(demo.login.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Bots", exact: true }).waitFor();
  await page.getByText("This is a simulation. Nothing here reaches WhatsApp.").waitFor();
  expect(await findingsOn(page)).toEqual([]);
}

async function placeByHand(page: Page): Promise<string> {
  await page.getByLabel("Whom", { exact: true }).selectOption({ label: "Front desk (+447700900101)" });
  const [answer] = await Promise.all([
    page.waitForResponse((response) => new URL(response.url()).pathname === "/calls"),
    page.getByRole("button", { name: "Call", exact: true }).click(),
  ]);
  return placedSchema.parse(await answer.json()).id;
}
