import { expect, test } from "vitest";
import { readHealth } from "./read-health.ts";

const HEALTH = {
  status: "ok",
  version: "0.1.0",
  database: { status: "ok" },
  workers: [{ id: "wrk_1", state: "up", lastSeenAt: "2026-01-02T00:00:00.000Z" }],
};

function answering(body: unknown, init: ResponseInit = {}): typeof fetch {
  return async () => Response.json(body, { headers: { date: "Fri, 02 Jan 2026 00:00:05 GMT" }, ...init });
}

test("an answer is read together with the server's clock", async () => {
  expect(await readHealth(answering(HEALTH))).toEqual({
    kind: "answered",
    health: HEALTH,
    readAtMs: Date.parse("2026-01-02T00:00:05Z"),
  });
});

test.each<[string, typeof fetch]>([
  ["a connection that is refused", async () => Promise.reject(new TypeError("fetch failed"))],
  ["an error status", answering({ status: 503 }, { status: 503 })],
  ["an answer that is no JSON", async () => new Response("<html>")],
  ["a status nobody knows", answering({ ...HEALTH, status: "great" })],
  ["a missing part", answering({ ...HEALTH, database: undefined })],
  ["a worker without an id", answering({ ...HEALTH, workers: [{ state: "up" }] })],
])("%s counts as away", async (_name, fetcher) => {
  expect(await readHealth(fetcher)).toMatchObject({ kind: "away" });
});
