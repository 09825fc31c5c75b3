import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Simulator, startSimulator } from "../simulator/index.ts";

const DASHBOARD = "http://127.0.0.1:1234";
let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator({ controlPort: 0, hasHabits: true, dashboardUrl: DASHBOARD });
});

afterAll(() => simulator.stop());

const urlOf = (path: string) => `${simulator.controlUrl}${path}`;

/** Unlike fetch, it sends any Host and Origin. */
function ask(path: string, headers: Record<string, string>, method = "GET"): Promise<number> {
  return new Promise((resolve, reject) => {
    const req = request(urlOf(path), { method, headers }, (res) => {
      res.resume();
      resolve(res.statusCode ?? 0);
    });
    req.on("error", reject);
    req.end();
  });
}

describe("the control page", () => {
  test("is served with a policy that allows no script but its own files, and all of them are there", async () => {
    const page = await fetch(urlOf("/"));
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'; script-src 'self'");
    const html = await page.text();
    expect(html).not.toMatch(/<script(?![^>]* src=)|\son\w+=|<style/);
    const [script = ""] = html.match(/(?<=src=")[^"]+/) ?? [];
    const files = new Set([script, ...(html.match(/(?<=href=")\/[^"]+\.css/g) ?? [])]);
    for (const file of files) {
      const res = await fetch(urlOf(file));
      expect({ file, status: res.status }).toEqual({ file, status: 200 });
      for (const [, imported] of (await res.text()).matchAll(/from "\.(\/[^"]+)"/g)) files.add(imported ?? "");
    }
    expect(files.size).toBeGreaterThan(5);
  });

  test("shows live who calls whom and what becomes of it", async () => {
    const stream = await fetch(urlOf("/stage"));
    const stages = readStages(stream);
    expect(await stages.next()).toMatchObject({ isPaused: true, dashboardUrl: DASHBOARD, ringing: [], happened: [] });
    const ada = simulator.createContact({ name: "Ada" });
    const call = ada.placeCall(simulator.createPhone({ phoneNumber: "4915100000001", pushName: "Bot" }));
    expect(await stages.next()).toMatchObject({
      ringing: [{ callId: call.id, who: ada.account.id }],
      happened: [{ who: "Ada", text: "calls Bot" }],
    });
    call.hangUp();
    expect(await stages.next()).toMatchObject({ ringing: [], happened: [{ text: "hangs up" }, { text: "calls Bot" }] });
    await stages.close();
  });

  test.each(["/assets", "/page-assets.ts", "/constructor", "/../page-assets.ts", "/by-hand.js%2f..%2fpage-assets.ts"])(
    "%s is no file of it",
    async (path) => expect((await fetch(urlOf(path))).status).toBe(404),
  );
});

describe("the control port takes commands", () => {
  const port = () => new URL(simulator.controlUrl ?? "").port;

  test.each<[string, () => Record<string, string>, number]>([
    ["from a program", () => ({}), 200],
    ["from its own page", () => ({ origin: `http://127.0.0.1:${port()}` }), 200],
    [
      "from its own page under its other name",
      () => ({ host: `localhost:${port()}`, origin: `http://localhost:${port()}` }),
      200,
    ],
    ["not from another page", () => ({ origin: "https://example.org" }), 403],
    ["not from a page without an origin", () => ({ origin: "null" }), 403],
    ["not from a page on another port of this machine", () => ({ origin: "http://127.0.0.1:1" }), 403],
    ["not from a page whose name points here", () => ({ host: "evil.example.org" }), 403],
  ])("%s", async (_name, headers, status) => {
    expect(await ask("/habits/pause", headers(), "POST")).toBe(status);
  });
});

/** Reads one stage after the other from a stream of server-sent events. */
function readStages(stream: Response) {
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const next = async (): Promise<unknown> => {
    for (;;) {
      const [event, rest] = text.split(/\n\n(.*)/s);
      if (rest !== undefined && event !== undefined) {
        text = rest;
        return JSON.parse(event.replace("data: ", ""));
      }
      const { value, done } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) throw new Error("the stream ended");
      text += value;
    }
  };
  return { next, close: () => reader?.cancel() };
}
