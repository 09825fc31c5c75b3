import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../../../api/src/app.ts";
import type { AppDeps } from "../../../api/src/app-deps.ts";
import { type RunningServer, startServer } from "../../../api/src/node/server.ts";
import { createFrontDoor, type FrontDoor } from "../../../web/server/front-door.ts";
import { addKey, addOwner, type Owner } from "./support/credentials.ts";
import { createTestApp, type TestApp } from "./support/test-app.ts";

const SECRET = "CANARY-the-secret-of-our-own-front-door";

let app: TestApp;
let owner: Owner;
let api: RunningServer;
const opened: { readonly server: Server; readonly door: FrontDoor }[] = [];
beforeAll(async () => {
  let deps: AppDeps | undefined;
  app = await createTestApp({
    settings: { frontDoorSecret: SECRET },
    deps: (made) => {
      deps = made;
      return made;
    },
  });
  if (!deps) throw new Error("the app was not made");
  owner = await addOwner(app.test);
  api = await startServer(createApp(deps).fetch, 0, "127.0.0.1");
});
afterAll(async () => {
  for (const { server, door } of opened) {
    door.close();
    server.close();
    server.closeAllConnections();
  }
  await api.stop();
  await app.dispose();
});

/** A web server on a port of its own; it takes its visitors' addresses from a proxy that runs on this machine. */
async function openWeb(frontDoorSecret: string | undefined): Promise<string> {
  const apiUrl = `http://127.0.0.1:${api.port}`;
  const trustedProxies = ["127.0.0.1"];
  const door = createFrontDoor({
    host: "127.0.0.1",
    webPort: 0,
    apiUrl,
    publicUrl: undefined,
    trustedProxies,
    frontDoorSecret,
  });
  const server = createServer((req, res) => door.handle(req, res, () => res.end()));
  opened.push({ server, door });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The address the api took a request from: the only one a key is good for that the request uses. */
async function statusFor(cidr: string, url: string, headers: Record<string, string>): Promise<number> {
  const { secret } = await addKey(app.test, owner, ["bots:read"], { cidrs: [cidr] });
  return (await fetch(`${url}/api/bots`, { headers: { ...headers, "x-api-key": secret } })).status;
}

describe("a visitor of our own web server", () => {
  it("has their own address at the api, without any trusted proxy", async () => {
    const web = await openWeb(SECRET);
    expect(await statusFor("203.0.113.5/32", web, { "x-forwarded-for": "203.0.113.5" })).toBe(200);
    expect(await statusFor("127.0.0.1/32", web, { "x-forwarded-for": "203.0.113.5" })).toBe(403);
  });

  it("gains nothing by what they write about themselves", async () => {
    const web = await openWeb(SECRET);
    const claims = {
      "x-forwarded-for": "192.0.2.1, 203.0.113.5",
      forwarded: "for=192.0.2.1",
      "x-real-ip": "192.0.2.1",
    };
    expect(await statusFor("192.0.2.1/32", web, claims)).toBe(403);
    const answer = await fetch(`${web}/api/me`, { headers: { "x-request-id": "chosen-by-browser" } });
    expect(answer.headers.get("x-request-id")).toMatch(/^req_/);
  });

  it("is the web server itself where web does not know the secret", async () => {
    for (const secret of [undefined, `${SECRET}x`]) {
      const web = await openWeb(secret);
      expect(await statusFor("203.0.113.5/32", web, { "x-forwarded-for": "203.0.113.5" })).toBe(403);
      expect(await statusFor("127.0.0.1/32", web, { "x-forwarded-for": "203.0.113.5" })).toBe(200);
    }
  });
});

describe("the secret of the front door", () => {
  const ask = (headers: Record<string, string>) =>
    app.request("/api/me", { headers: { "x-forwarded-for": "203.0.113.5", ...headers }, peer: "198.51.100.1" });
  const lastAddress = () => JSON.parse(app.logLines.at(-1) ?? "{}").address;

  it("is believed for one hop, and only whole", async () => {
    await ask({ "x-switchboard-front-door": SECRET });
    expect(lastAddress()).toBe("203.0.113.5");
    for (const wrong of [SECRET.slice(1), `${SECRET} x`, "", "null", "undefined"]) {
      await ask({ "x-switchboard-front-door": wrong });
      expect(lastAddress()).toBe("198.51.100.1");
    }
  });

  it("opens nothing where none was set", async () => {
    const other = await createTestApp();
    for (const guess of ["null", "undefined", ""]) {
      await other.request("/api/me", {
        headers: { "x-switchboard-front-door": guess, "x-forwarded-for": "203.0.113.5" },
      });
      expect(JSON.parse(other.logLines.at(-1) ?? "{}").address).toBe("198.51.100.7");
    }
    await other.dispose();
  });

  it("stands in no log line", () => {
    expect(app.logLines.join("\n")).not.toContain("CANARY");
  });
});

describe("the address of a request", () => {
  it.each([
    "forwarded",
    "x-real-ip",
    "x-client-ip",
    "true-client-ip",
    "cf-connecting-ip",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded",
  ])("is never read from %s, not even from a trusted proxy", async (field) => {
    const behind = await createTestApp({ settings: { trustedProxies: ["10.0.0.0/8"] } });
    const value = field === "forwarded" ? "for=192.0.2.9;proto=https;host=evil.example" : "192.0.2.9";
    const answer = await behind.request("/api/me", { peer: "10.0.0.1", headers: { [field]: value } });
    expect(JSON.parse(behind.logLines.at(-1) ?? "{}").address).toBe("10.0.0.1");
    expect(answer.text + [...answer.headers.values()].join()).not.toMatch(/evil\.example|192\.0\.2\.9/);
    await behind.dispose();
  });
});
