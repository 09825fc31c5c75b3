import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BaileysClient } from "../simulator/testing/baileys-client.ts";
import { silenceLibsignal } from "./support/linked-bot.ts";

const PROGRAM = join(import.meta.dirname, "../simulator/cli.ts");
const PHONE = "4915100000001";
const run = promisify(execFile);

let server: ChildProcess;
let where: { url: string; controlUrl: string };
let client: BaileysClient;

beforeAll(async () => {
  silenceLibsignal();
  const args = [PROGRAM, "--json", "serve", "--port", "0", "--control-port", "0"];
  server = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  if (server.stdout === null) throw new Error("the server has no output");
  const [line] = await once(createInterface({ input: server.stdout }), "line");
  where = JSON.parse(line);
});

afterAll(async () => {
  await client.stop();
  const exit = once(server, "exit");
  server.kill("SIGTERM");
  expect(await exit).toEqual([0, null]);
});

/** Runs one command; returns the JSON it prints, line by line. */
async function simulator(...args: string[]): Promise<Record<string, unknown>[]> {
  const { stdout } = await run(process.execPath, [PROGRAM, "--json", "--control", where.controlUrl, ...args]);
  return stdout
    .trim()
    .split("\n")
    .map((text) => JSON.parse(text));
}

test("a phone is made, a client linked, a call placed and its end printed", async () => {
  await simulator("phone", PHONE, "--name", "Bot");
  client = new BaileysClient({ url: where.url });
  client.onSocket((sock) => {
    sock.ev.on("call", ([event]) => void (event?.status === "offer" && sock.rejectCall(event.id, event.from)));
  });
  await client.until(() => client.qr !== undefined);
  await simulator("scan", PHONE, client.qr ?? "");
  await client.untilOpen();
  const [placed, settled] = await simulator("call", "--from", "4915199999999", "--to", PHONE, "--as", "lid", "--video");
  expect(placed).toMatchObject({ state: "ringing", kind: "video" });
  expect(settled).toMatchObject({ state: "rejected" });
  expect(await simulator("violations")).toEqual([{ violations: [], unknownStanzas: [] }]);
});

test("a command that cannot be carried out exits with 1 and a reason", async () => {
  await expect(simulator("inbox", "4900")).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining("there is nobody"),
  });
});
