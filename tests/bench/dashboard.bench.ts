/**
 * The dashboard with 1,000 bots and 10^5 calls stored: how long the server takes for a page, beside the one request to
 * the api that fetches the same data; and in Chromium, how long it takes from the address to live data, beside a page
 * that shows none (the login).
 */

import { botSchema } from "@switchboard/core/services/bots/schemas";
import { namedBotId } from "@switchboard/core/testing/named-ids";
import { launchBrowser } from "../e2e/support/browser.ts";
import { type Dashboard, openDashboard, signInByCookie } from "../e2e/support/dashboard.ts";
import { Installation } from "../e2e/support/installation.ts";
import { printHeading, printTable } from "./lib/report.ts";
import { format, median, medianRatio, percentile } from "./lib/statistics.ts";
import { growBots, growCalls } from "./measures/dashboard-data.ts";

const BOTS = 1_000;
const CALLS = 100_000;
const ROUNDS = 20;
const VISITS = 10;

await using installation = await Installation.startSetUp();
const { id } = await installation.rest.send("POST", "/api/bots", { name: "First" }, botSchema);
const botId = namedBotId(id);
const db = await installation.database();
await growBots(db, botId, BOTS);
await growCalls(db, botId, CALLS);
const cookie = await signInByCookie(installation);

printHeading("Dashboard pages, ms on the server", [
  `${BOTS} bots, ${CALLS} calls of one of them; ${ROUNDS} rounds in turns with the request for the same data`,
]);
const pages = [
  { path: "/bots", data: "/api/bots" },
  { path: `/bots/${id}`, data: `/api/bots/${id}` },
  { path: `/bots/${id}/calls`, data: `/api/bots/${id}/calls` },
  { path: `/bots/${id}/statistics`, data: `/api/bots/${id}/calls?limit=1` },
];
const rows = [];
for (const { path, data } of pages) {
  const served: number[] = [];
  const asked: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const pageMs = await timeRequest(path);
    const dataMs = await timeRequest(data);
    if (round === 0) continue;
    served.push(pageMs);
    asked.push(dataMs);
  }
  const ratio = format(medianRatio(asked, served));
  rows.push({
    page: path.replace(id, "…"),
    p50: format(median(served)),
    p95: format(percentile(served, 0.95)),
    "data p50": format(median(asked)),
    ratio,
  });
}
printTable(rows);

printHeading("From the address to live data in Chromium, ms", [`${VISITS} visits in one profile, after a first one`]);
const browser = await launchBrowser();
const dashboard = await openDashboard(installation, browser);
const login = await openDashboard(installation, browser, { as: null });
const visits = [];
for (const { path } of pages) {
  const live: number[] = [];
  const bare: number[] = [];
  for (let visit = 0; visit <= VISITS; visit += 1) {
    const liveMs = await timeVisit(dashboard, path, "[data-link=live]");
    const bareMs = await timeVisit(login, "/login", "form");
    if (visit === 0) continue;
    live.push(liveMs);
    bare.push(bareMs);
  }
  visits.push({
    page: path.replace(id, "…"),
    "live p50": format(median(live)),
    "live p95": format(percentile(live, 0.95)),
    "login p50": format(median(bare)),
    ratio: format(medianRatio(bare, live)),
  });
}
printTable(visits);
await browser.close();

async function timeRequest(path: string): Promise<number> {
  const startedAtMs = performance.now();
  const answer = await fetch(installation.product.webUrl + path, { headers: { cookie } });
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}`);
  return performance.now() - startedAtMs;
}

async function timeVisit({ page }: Dashboard, path: string, shown: string): Promise<number> {
  const startedAtMs = performance.now();
  await page.goto(path, { waitUntil: "commit" });
  await page.locator(shown).first().waitFor();
  return performance.now() - startedAtMs;
}
