import { gunzipSync } from "node:zlib";
import { errorCodes } from "@switchboard/core/domain/vocabulary";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../../../api/src/app.ts";
import type { AppDeps } from "../../../api/src/app-deps.ts";
import { problemKinds } from "../../../api/src/problems.ts";
import { isServedByWorkerd } from "./support/runtime.ts";
import { createTestApp, type TestApp } from "./support/test-app.ts";

const BROWSER_ACCEPTS = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

let app: TestApp;
let deps: AppDeps;
beforeAll(async () => {
  app = await createTestApp({
    deps: (made) => {
      deps = made;
      return made;
    },
  });
});
afterAll(() => app.dispose());

/** The address of the page's script, as the page names it. */
async function scriptPath(): Promise<string> {
  const { text } = await app.request("/docs");
  return /<script src="([^"]+)"/.exec(text)?.[1] ?? "";
}

describe.skipIf(isServedByWorkerd)("the page of the API", () => {
  it("is served without a credential and lets nothing in from outside", async () => {
    const answer = await app.request("/docs");
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("text/html; charset=UTF-8");
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'; script-src 'self';");
    expect(policy).not.toMatch(/https?:|\*|'unsafe-eval'|script-src[^;]*'unsafe-inline'/);
    expect(answer.text).not.toMatch(/https?:\/\//);
  });

  it("names the description for whoever runs no scripts", async () => {
    expect((await app.request("/docs")).text).toMatch(/<noscript>.*<a href="\/api\/openapi.json">.*<\/noscript>/s);
  });

  it("is asked for again by its tag only", async () => {
    const first = await app.request("/docs");
    expect(first.headers.get("cache-control")).toBe("no-cache");
    const again = await app.request("/docs", { headers: { "if-none-match": first.headers.get("etag") ?? "" } });
    expect(again).toMatchObject({ status: 304, text: "" });
  });

  it("brings one script under the name of its contents, to be kept for ever", async () => {
    const path = await scriptPath();
    const plain = await app.request(path);
    expect(plain.status).toBe(200);
    expect(plain.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(plain.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(plain.text).toContain("Copyright (c) 2023-present Scalar");
    const known = await app.request(path, { headers: { "if-none-match": plain.headers.get("etag") ?? "" } });
    expect(known.status).toBe(304);
    expect((await app.request("/docs/reference-of-another-version.js")).status).toBe(404);
  });

  it("sends the script compressed to whoever takes that", async () => {
    const path = await scriptPath();
    const response = await createApp(deps).request(path, { headers: { "accept-encoding": "br, gzip" } });
    expect(response.headers.get("content-encoding")).toBe("gzip");
    expect(response.headers.get("vary")).toContain("Accept-Encoding");
    const script = gunzipSync(new Uint8Array(await response.arrayBuffer())).toString("utf8");
    expect(script === (await app.request(path)).text).toBe(true);
  });

  it("is not there where the platform brings no script", async () => {
    const without = await createTestApp({ deps: (deps) => ({ ...deps, documentation: null }) });
    try {
      expect((await without.request("/docs")).status).toBe(404);
      expect((await without.request(await scriptPath())).status).toBe(404);
    } finally {
      await without.dispose();
    }
  });
});

describe("the explanation of a problem", () => {
  it.each(errorCodes)("%s is JSON for programs, and a page for people that needs nothing else", async (code) => {
    const forPrograms = await app.request(`/problems/${code}`);
    expect(forPrograms.body).toMatchObject({ type: `/problems/${code}`, code, ...problemKinds[code] });
    const forPeople = await app.request(`/problems/${code}`, { headers: { accept: BROWSER_ACCEPTS } });
    expect(forPeople.headers.get("content-type")).toMatch(/^text\/html/);
    expect(forPeople.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(forPeople.text).toContain(`<h1>${problemKinds[code].title}</h1>`);
    expect(forPeople.text).not.toMatch(/<script|<link|<style|style=|`/);
  });
});
