import { readdir } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createBot } from "./support/bots.ts";
import { signInByCookie } from "./support/dashboard.ts";
import { Installation } from "./support/installation.ts";

const ROUTES = new URL("../../web/src/routes/", import.meta.url);
const BUDGET_KIB = 120;
/** Answered by a redirect: it has no page of its own. */
const REDIRECTS = new Set(["/"]);

const routes = await findRoutes();
let installation: Installation;
let cookie: string;
let botId: string;

beforeAll(async () => {
  installation = await Installation.startSetUp();
  botId = (await createBot(installation, "Front desk")).id;
  cookie = await signInByCookie(installation);
});

afterAll(() => installation?.[Symbol.asyncDispose]());

test("every page is found", () => {
  expect(routes).toEqual(expect.arrayContaining(["/login", "/setup", "/bots", "/bots/[botId]", "/system"]));
});

test.each(routes)("the JavaScript of a first visit to %s is at most 120 KiB gz", async (route) => {
  const page = new URL(route.replace("[botId]", botId), installation.product.webUrl);
  const isForAnybody = ["/login", "/setup"].includes(route);
  const answer = await fetch(page, isForAnybody ? {} : { headers: { cookie } });
  expect(answer.status).toBe(200);
  const scripts = scriptsOf(await answer.text(), page);
  expect(scripts.length).toBeGreaterThan(3);
  const sizes = await Promise.all(scripts.map(sizeOf));
  expect(sizes.reduce((sum, size) => sum + size, 0) / 1024).toBeLessThanOrEqual(BUDGET_KIB);
});

/** Paths of pages, without the groups they are sorted into. */
async function findRoutes(): Promise<string[]> {
  const files = await readdir(ROUTES, { recursive: true });
  return files
    .filter((file) => /(^|\/)\+page\.svelte$/.test(file))
    .map((file) => `/${file.replace(/\/?\+page\.svelte$/, "")}`.replaceAll(/\/\([^)]+\)/g, "") || "/")
    .filter((route) => !REDIRECTS.has(route))
    .sort();
}

/** What the page preloads or imports by name. */
function scriptsOf(html: string, page: URL): string[] {
  const found = html.matchAll(/["'(]((?:\.{0,2}\/)*_app\/immutable\/[^"'()]+\.js)/g);
  return [...new Set([...found].map(([, path]) => new URL(path ?? "", page).href))];
}

async function sizeOf(url: string): Promise<number> {
  const script = await (await fetch(url)).bytes();
  return gzipSync(script, { level: 9 }).length;
}
