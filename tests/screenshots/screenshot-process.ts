import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Browser, Page } from "playwright-core";
import { z } from "zod";
import { launchBrowser } from "../e2e/support/browser.ts";
import { LOOKS } from "../e2e/support/dashboard.ts";
import { type Demo, startDemo } from "../e2e/support/demo.ts";
import { type Shot, shotsOf } from "./shots.ts";

const FOLDER = join(import.meta.dirname, "../../docs/screenshots");
/** Everybody who looks at the README loads them. */
const SIZE_BYTES_MAX = 200_000;
/** Past calls are in it: enough that no page looks empty. */
const CALLS_MIN = 90;
/** The phone of the bot in the pictures. */
const SHOWN_PHONE = "447700900101";
/** Among so many of its latest calls, which a picture shows, there are so many different callers, and one turned away. */
const LATEST = 5;
const CALLERS_MIN = 4;
const LOOK_EVERY_MS = 1_000;

await using demo = await startDemo();
const browser = await launchBrowser();
try {
  await mkdir(FOLDER, { recursive: true });
  await waitForLife(demo);
  for (const shot of shotsOf(await readBots(browser, demo))) await take(browser, demo, shot);
} finally {
  await browser.close();
}

/** Waits until enough has happened, lets nothing more begin, and waits until nothing rings: then pages stand still. */
async function waitForLife({ controlUrl }: Demo): Promise<void> {
  const calls = z.array(z.object({ from: z.string(), to: z.string(), state: z.string() }));
  const waitUntil = async (fits: (seen: z.infer<typeof calls>) => boolean) => {
    while (!fits(calls.parse(await (await fetch(`${controlUrl}/calls`)).json()))) await delay(LOOK_EVERY_MS);
  };
  const isMixed = (latest: z.infer<typeof calls>) =>
    new Set(latest.map(({ from }) => from)).size >= CALLERS_MIN && latest.some(({ state }) => state === "rejected");
  const isShown = ({ to }: { to: string }) => to.startsWith(SHOWN_PHONE);
  await waitUntil((seen) => seen.length >= CALLS_MIN && isMixed(seen.filter(isShown).slice(-LATEST)));
  await fetch(`${controlUrl}/habits/pause`, { method: "POST" });
  await waitUntil((seen) => seen.every(({ state }) => state !== "ringing"));
}

/** The ids of the demo's bots by name, and of a further one that is not linked yet. */
async function readBots(from: Browser, { webUrl, login }: Demo): Promise<ReadonlyMap<string, string>> {
  const page = await openSignedIn(from, webUrl, login, {});
  const named = z.object({ id: z.string(), name: z.string() });
  const answer = <T>(schema: z.ZodType<T>) => z.object({ result: z.object({ data: z.object({ json: schema }) }) });
  const headers = { origin: webUrl };
  const data = { json: { name: "Weekend line", timeZone: "Europe/Madrid" } };
  await page.request.post("/trpc/bots.create", { data, headers });
  const listed = await (await page.request.get("/trpc/bots.list", { headers })).json();
  const { items } = answer(z.object({ items: z.array(named) })).parse(listed).result.data.json;
  await page.context().close();
  return new Map(items.map(({ name, id }) => [name, id]));
}

async function take(from: Browser, { webUrl, controlUrl, login }: Demo, shot: Shot): Promise<void> {
  const look = shot.isPhone ? LOOKS.phone : { viewport: { ...LOOKS.desktop.viewport, ...shot.size } };
  const page = await openSignedIn(from, webUrl, login, { ...look, colorScheme: shot.isDark ? "dark" : "light" });
  try {
    await page.goto(shot.isControlPage ? controlUrl : shot.path);
    await (shot.isControlPage ? page.locator("#happened li").first() : page.locator("[data-link=live]")).waitFor();
    await shot.prepare?.(page);
    await page.locator("[aria-busy=true]").waitFor({ state: "detached" });
    const file = join(FOLDER, `${shot.name}.png`);
    await page.screenshot({ path: file, animations: "disabled", caret: "hide" });
    const { size } = await stat(file);
    if (size > SIZE_BYTES_MAX)
      throw new Error(`${shot.name}.png has ${size} bytes; at most ${SIZE_BYTES_MAX} are wanted`);
    process.stdout.write(`${shot.name}.png ${Math.ceil(size / 1_000)} kB\n`);
  } finally {
    await page.context().close();
  }
}

async function openSignedIn(
  from: Browser,
  webUrl: string,
  login: Demo["login"],
  options: Parameters<Browser["newContext"]>[0],
): Promise<Page> {
  const context = await from.newContext({ ...options, baseURL: webUrl });
  const answer = await context.request.post("/api/auth/sign-in/email", { data: login, headers: { origin: webUrl } });
  if (!answer.ok()) throw new Error(`the sign-in was refused: ${answer.status()}`);
  return context.newPage();
}
