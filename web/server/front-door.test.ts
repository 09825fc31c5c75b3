import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createFrontDoor, type FrontDoor } from "./front-door.ts";

type Answer = (req: IncomingMessage, res: ServerResponse) => void;

let api: Server;
let web: Server;
let door: FrontDoor;
let answer: Answer;

beforeEach(async () => {
  answer = (_req, res) => res.end("from the api");
  api = createServer((req, res) => answer(req, res));
  const apiUrl = await listen(api);
  door = createFrontDoor({
    host: "127.0.0.1",
    webPort: 0,
    apiUrl,
    publicUrl: undefined,
    trustedProxies: [],
    frontDoorSecret: undefined,
  });
  web = createServer((req, res) => door.handle(req, res, () => res.end(`page ${JSON.stringify(req.headers)}`)));
});

afterEach(() => {
  door.close();
  for (const server of [api, web]) {
    server.close();
    server.closeAllConnections();
  }
});

describe("what goes to the api", () => {
  test.each(["/api", "/api/bots?limit=1", "/trpc/bots.list", "/docs", "/docs/scalar.js", "/problems/not-found"])(
    "%s",
    async (path) => {
      const response = await fetch(`${await listen(web)}${path}`);
      expect(await response.text()).toBe("from the api");
    },
  );

  test.each(["/", "/apiary", "/documents", "/bots/api", "/ready"])("%s stays with the pages", async (path) => {
    const response = await fetch(`${await listen(web)}${path}`);
    expect(await response.text()).toMatch(/^page /);
  });
});

test.each([
  "/api/../ready",
  "/api/..%2f../ready/../../metrics",
  "/docs/%2e%2e/ready",
  "/api/.%2E/metrics?x=1",
  "/trpc/..\\ready",
])("no path is made to leave the api's by dots: %s", async (path) => {
  const seen: (string | undefined)[] = [];
  answer = (req, res) => {
    seen.push(req.url);
    res.end("from the api");
  };
  const { port } = new URL(await listen(web));
  const [res] = await once(request({ host: "127.0.0.1", port, path }).end(), "response");
  await text(res);
  for (const url of seen) expect(new URL(url ?? "", "http://api").pathname).toMatch(/^\/(api|trpc|docs|problems)\//);
  expect(seen.every((url) => url === path)).toBe(true);
});

test("a path is given on as it was written", async () => {
  answer = (req, res) => res.end(req.url);
  const path = "/api/bots/../blocks/%7Ex/./y?a=b/../c";
  const { port } = new URL(await listen(web));
  const [res] = await once(request({ host: "127.0.0.1", port, path }).end(), "response");
  expect(await text(res)).toBe(path);
});

describe("forwarding", () => {
  test("keeps method, body, query, status and several cookies", async () => {
    answer = async (req, res) => {
      res.writeHead(201, { "set-cookie": ["a=1", "b=2"], "x-from": "api" });
      res.end(`${req.method} ${req.url} ${await text(req)}`);
    };
    const response = await fetch(`${await listen(web)}/api/bots?x=1`, { method: "POST", body: "hello" });
    expect(response.status).toBe(201);
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(await response.text()).toBe("POST /api/bots?x=1 hello");
  });

  test("frames the body of a DELETE whose length is unknown", async () => {
    answer = async (req, res) => res.end(await text(req));
    const req = request(`${await listen(web)}/api/bots`, {
      method: "DELETE",
      headers: { "transfer-encoding": "chunked" },
    });
    req.write("one ");
    req.end("two");
    const [res] = await once(req, "response");
    expect(await text(res)).toBe("one two");
  });

  test("replaces what the browser claims about itself, and drops what belongs to one hop", async () => {
    let seen: IncomingMessage["headers"] = {};
    answer = (req, res) => {
      seen = req.headers;
      res.setHeader("keep-alive", "timeout=99");
      res.end();
    };
    const url = await listen(web);
    const headers = {
      "x-forwarded-for": "6.6.6.6",
      "x-forwarded-proto": "https",
      forwarded: "for=6.6.6.6",
      "x-real-ip": "6.6.6.6",
      "x-request-id": "an-id-of-somebody-else",
      "x-switchboard-front-door": "guessed",
      te: "trailers",
      connection: "x-private",
      "x-private": "hop",
      authorization: "Bearer kept",
    };
    const [res] = await once(request(`${url}/api/bots`, { headers }).end(), "response");
    expect(seen).toMatchObject({
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-proto": "http",
      "x-forwarded-host": new URL(url).host,
      host: new URL(url).host,
      authorization: "Bearer kept",
    });
    const dropped = ["forwarded", "x-real-ip", "x-request-id", "x-switchboard-front-door", "te", "x-private"];
    for (const name of dropped) {
      expect(seen).not.toHaveProperty(name);
    }
    expect(res.headers["keep-alive"]).not.toBe("timeout=99");
  });

  test("passes each event of a stream on at once, and tells the api when the browser leaves", async () => {
    const { promise: left, resolve: leave } = Promise.withResolvers<void>();
    const { promise: stream, resolve: open } = Promise.withResolvers<ServerResponse>();
    answer = (_req, res) => {
      res.writeHead(200, { "content-type": "text/event-stream" });
      res.flushHeaders();
      res.on("close", leave);
      open(res);
    };
    const browser = request(`${await listen(web)}/api/events`).end();
    const [answered] = await once(browser, "response");
    for (const event of ["data: 1\n\n", "data: 2\n\n"]) {
      (await stream).write(event);
      expect(String((await once(answered, "data"))[0])).toBe(event);
    }
    browser.destroy();
    await left;
  });

  test("tells the api when the browser leaves before there is an answer", async () => {
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
    const { promise: left, resolve: leave } = Promise.withResolvers<void>();
    answer = (_req, res) => {
      res.on("close", leave);
      arrive();
    };
    const browser = request(`${await listen(web)}/api/slow`).on("error", () => undefined);
    browser.end();
    await arrived;
    browser.destroy();
    await left;
  });

  test("sends a request body on before it is complete", async () => {
    const { promise: firstPart, resolve } = Promise.withResolvers<string>();
    answer = (req, res) => {
      req.once("data", (part) => resolve(String(part)));
      req.on("end", () => res.end());
      req.resume();
    };
    const upload = request(`${await listen(web)}/api/import`, { method: "POST" });
    upload.write("beginning");
    expect(await firstPart).toBe("beginning");
    upload.end();
    const [res] = await once(upload, "response");
    expect(res.statusCode).toBe(200);
  });
});

describe("an api that is away", () => {
  test("is answered for with the api's own error format and without the query", async () => {
    const url = await listen(web);
    api.close();
    const response = await fetch(`${url}/api/bots?token=secret`);
    expect(response.status).toBe(503);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(response.headers.get("retry-after")).toBe("2");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.get("referrer-policy")).toBe("same-origin");
    expect(response.headers.get("cross-origin-resource-policy")).toBe("same-origin");
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(await response.json()).toMatchObject({
      status: 503,
      code: "unavailable",
      instance: "/api/bots",
      type: "/problems/unavailable",
    });
  });

  test("breaks an answer that had begun, so that nobody takes it for a whole one", async () => {
    answer = (_req, res) => {
      res.writeHead(200, { "content-length": "100" });
      res.write("half", () => res.destroy());
    };
    const response = await fetch(`${await listen(web)}/api/export`);
    await expect(response.text()).rejects.toThrow("terminated");
  });
});

test("a page is told the truth about its visitor and carries the security headers", async () => {
  const response = await fetch(`${await listen(web)}/`, {
    headers: { "x-forwarded-for": "6.6.6.6", "x-forwarded-host": "evil.test" },
  });
  const page = await response.text();
  expect(page).toContain('"x-forwarded-for":"127.0.0.1"');
  expect(page).not.toContain("evil.test");
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  expect(response.headers.get("x-frame-options")).toBe("DENY");
});

async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address: AddressInfo | string | null = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
}
