import { expect, it } from "vitest";
import { answerUnready } from "./answer-unready.ts";

const answerAt = (publicUrl: string) => answerUnready(new Error("CANARY broke"), { error: () => undefined }, publicUrl);

it("an installation that cannot serve says so with the fields of every answer, and nothing of why", async () => {
  const answer = answerAt("https://switchboard.example.org");
  expect(answer.status).toBe(503);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "retry-after": "60",
  });
  expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(await answer.text()).not.toContain("CANARY");
  expect(answerAt("http://127.0.0.1:8787").headers.has("strict-transport-security")).toBe(false);
});
