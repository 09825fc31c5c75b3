import { gzipSync } from "node:zlib";
import { bots } from "@switchboard/db/schema";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../../../api/src/app.ts";
import type { AppDeps } from "../../../api/src/app-deps.ts";
import { type RunningServer, startServer } from "../../../api/src/node/server.ts";
import { standardServerLimits } from "../../../api/src/node/server-limits.ts";
import { openRawConnection, type RawAnswer } from "./support/raw-connection.ts";
import { createWorld, type World } from "./support/world.ts";

let world: World;
let server: RunningServer;
let impatient: RunningServer;
beforeAll(async () => {
  let deps: AppDeps | undefined;
  world = await createWorld({
    deps: (made) => {
      deps = made;
      return made;
    },
  });
  if (!deps) throw new Error("the app was not made");
  const { fetch } = createApp(deps);
  server = await startServer(fetch, 0, "127.0.0.1");
  const limits = { ...standardServerLimits, headersTimeoutMs: 150, requestTimeoutMs: 300, connectionCheckMs: 20 };
  impatient = await startServer(fetch, 0, "127.0.0.1", limits);
});
afterAll(async () => {
  await Promise.all([server.stop(), impatient.stop()]);
  await world.dispose();
});

const head = (line: string, ...fields: string[]) =>
  [`${line} HTTP/1.1`, "Host: api.test", `Authorization: Bearer ${world.owner.token}`, ...fields, "", ""].join("\r\n");
const JSON_TYPE = "Content-Type: application/json";

/** Sends a request and closes; answers what the server said before. */
async function exchange(...parts: (string | Uint8Array)[]): Promise<readonly RawAnswer[]> {
  const connection = await openRawConnection(server.port);
  for (const part of parts) connection.send(part);
  return connection.untilClosed();
}

/** What every refusal has in common, whichever layer makes it. */
function expectRefusal(answer: RawAnswer | undefined, status: number | readonly number[]): void {
  expect([status].flat()).toContain(answer?.status);
  expect(answer?.headers.get("content-type")).toBe("application/problem+json");
  expect(answer?.headers.get("x-content-type-options")).toBe("nosniff");
  expect(answer?.headers.get("cache-control")).toBe("no-store");
  expect(JSON.parse(answer?.text ?? "")).toMatchObject({ status: answer?.status });
  expect(answer?.text).not.toMatch(/\bat .*\.ts|node:internal|\/work|SELECT|insert into/);
}

const countBots = async () => (await world.app.test.db.reader.select({ id: bots.id }).from(bots)).length;

describe("a connection that sends too slowly", () => {
  it("is told so and closed while its header fields are not complete", async () => {
    const connection = await openRawConnection(impatient.port);
    connection.send("GET /api/bots HTTP/1.1\r\nHost: api.test\r\nX-Slow: ");
    const [answer] = await connection.untilClosed();
    expectRefusal(answer, 408);
  });

  it("is closed while its body is not complete, and nothing was made of it", async () => {
    const before = await countBots();
    const connection = await openRawConnection(impatient.port);
    connection.send(head("POST /api/bots", JSON_TYPE, "Content-Length: 40"));
    connection.send('{"name":"half a ');
    const answers = await connection.untilClosed();
    for (const answer of answers) expectRefusal(answer, [400, 408]);
    expect(await countBots()).toBe(before);
    expect(world.app.logLines.filter((line) => line.includes("unexpected error"))).toEqual([]);
  });
});

describe("a request too large", () => {
  it.each([
    ["header fields of more than 16 KB", () => head("GET /api/bots", `X-Large: ${"x".repeat(17_000)}`), 431],
    [
      "more than 100 header fields",
      () => head("GET /api/bots", ...Array.from({ length: 120 }, (_, i) => `X-${i}: 1`)),
      431,
    ],
    ["an address of more than 8 KB", () => head(`GET /api/bots?cursor=${"x".repeat(9_000)}`), 414],
  ])("by %s is refused, and the connection ends", async (_name, text, status) => {
    const answers = await exchange(text());
    expect(answers).toHaveLength(1);
    expectRefusal(answers[0], status);
  });

  it("by its declared length is refused before the body came", async () => {
    const connection = await openRawConnection(server.port);
    connection.send(head("POST /api/bots", JSON_TYPE, "Content-Length: 10000000"));
    expectRefusal(await connection.next(), 413);
    connection.close();
  });

  it("by what it sends without declaring it is refused after 64 KB", async () => {
    const connection = await openRawConnection(server.port);
    connection.send(head("POST /api/bots", JSON_TYPE, "Transfer-Encoding: chunked"));
    for (let sent = 0; sent < 5; sent++) connection.send(`4000\r\n${"x".repeat(0x4000)}\r\n`);
    expectRefusal(await connection.next(), 413);
    connection.close();
  });
});

describe("a request of bad form", () => {
  it.each([
    ["no HTTP", "hello there\r\n\r\n"],
    ["an unknown method", "BREW /api/bots HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["no host", "GET /api/bots HTTP/1.1\r\n\r\n"],
    ["a space in a field's name", "GET /api/bots HTTP/1.1\r\nHost: a\r\nX Y: 1\r\n\r\n"],
    ["NUL in a field", "GET /api/bots HTTP/1.1\r\nHost: a\r\nX-Y: \u0000\r\n\r\n"],
    ["two lengths", "POST /api/bots HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx"],
    [
      "a length and chunks",
      "POST /api/bots HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ["a chunk without a length", "POST /api/bots HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n"],
    ["a length below zero", "POST /api/bots HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n"],
    ["TLS", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000"],
  ])("(%s) is refused, and the connection ends", async (_name, text) => {
    const answers = await exchange(text);
    for (const answer of answers) expectRefusal(answer, [400, 401]);
    expect(answers.length).toBeLessThanOrEqual(2);
  });

  it("(a host that is none, a target that is none) is 400", async () => {
    for (const text of [
      "GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n",
      "GET api HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    ])
      expectRefusal((await exchange(text))[0], 400);
  });

  it("after a good one on the same connection is refused by itself", async () => {
    const [good, bad] = await exchange(`${head("GET /api/me")}junk junk\r\n\r\n`);
    expect(good?.status).toBe(200);
    expectRefusal(bad, 400);
  });

  it("(an expectation other than 100-continue) is 417", async () => {
    expectRefusal((await exchange(head("POST /api/bots", "Expect: a-miracle", "Content-Length: 2")))[0], 417);
  });
});

describe("a body in an encoding", () => {
  it.each(["gzip", "deflate", "br", "x-bomb", "gzip, gzip"])("%s is refused unread", async (encoding) => {
    const bomb = gzipSync(Buffer.alloc(1_000_000));
    const fields = [JSON_TYPE, `Content-Encoding: ${encoding}`, `Content-Length: ${bomb.length}`, "Connection: close"];
    expectRefusal((await exchange(head("POST /api/bots", ...fields), bomb))[0], 415);
  });

  it("identity is none", async () => {
    const body = '{"name":"an identity bot"}';
    const fields = [JSON_TYPE, "Content-Encoding: identity", `Content-Length: ${body.length}`, "Connection: close"];
    expect((await exchange(head("POST /api/bots", ...fields), body))[0]?.status).toBe(201);
  });
});

describe("methods", () => {
  it.each(["TRACE", "OPTIONS", "PATCH", "PROPFIND"])(
    "%s at a list is 405, with no echo and no permission",
    async (method) => {
      const fields = ["X-Echo: canary-of-trace", "Origin: https://evil.example", "Connection: close"];
      const [answer] = await exchange(head(`${method} /api/bots`, ...fields));
      expectRefusal(answer, 405);
      expect(answer?.text).not.toContain("canary-of-trace");
      expect([...(answer?.headers.keys() ?? [])].filter((name) => name.startsWith("access-control"))).toEqual([]);
    },
  );

  it("a body on GET is refused and does not become the next request", async () => {
    const smuggled = "GET /api/me HTTP/1.1\r\nHost: a\r\n\r\n";
    const [answer, ...more] = await exchange(
      head("GET /api/bots", `Content-Length: ${smuggled.length}`, "Connection: close"),
      smuggled,
    );
    expectRefusal(answer, 422);
    expect(more).toEqual([]);
  });

  it("a body that was asked to be waited for is asked for", async () => {
    const body = '{"name":"an expected bot"}';
    const connection = await openRawConnection(server.port);
    connection.send(head("POST /api/bots", JSON_TYPE, "Expect: 100-continue", `Content-Length: ${body.length}`));
    connection.send(body);
    expect((await connection.next()).status).toBe(201);
    connection.close();
  });

  it("an upgrade is not taken", async () => {
    const [answer] = await exchange(head("GET /api/me", "Upgrade: websocket", "Connection: Upgrade, close"));
    expect(answer?.status).toBe(200);
  });
});
