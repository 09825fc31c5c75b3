import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type SimulatedPhone, type Simulator, startSimulator } from "../simulator/index.ts";

const PROCESS_FILE = join(import.meta.dirname, "../simulator/testing/bare-bot-process.ts");

type Line = Readonly<Record<string, unknown>>;

let simulator: Simulator;
let phone: SimulatedPhone;
let folder: string;
let bot: ChildProcess;
let lines: Line[];
const waiting = new Set<() => void>();

beforeAll(async () => {
  simulator = await startSimulator();
  phone = simulator.createPhone({ phoneNumber: "4915100000001" });
  folder = await mkdtemp(join(tmpdir(), "bare-bot-"));
  start();
  const { qr } = await line("qr");
  await phone.scanQr(String(qr));
  await line("open");
});

afterAll(async () => {
  const exit = once(bot, "exit");
  bot.kill();
  await Promise.all([exit, simulator.stop()]);
  await rm(folder, { recursive: true });
});

function start(): void {
  lines = [];
  const args = [PROCESS_FILE, "--url", simulator.url, "--creds", join(folder, "creds.json")];
  bot = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
  if (bot.stdout === null) throw new Error("the process has no output");
  createInterface({ input: bot.stdout }).on("line", (text) => {
    // The client's own library prints there, too.
    if (text.startsWith('{"event"')) lines.push(JSON.parse(text));
    for (const look of [...waiting]) look();
  });
}

async function line(event: string): Promise<Line> {
  const find = () => lines.find((candidate) => candidate.event === event);
  await new Promise<void>((resolve) => {
    const look = () => {
      if (find() === undefined) return;
      waiting.delete(look);
      resolve();
    };
    waiting.add(look);
    look();
  });
  return find() ?? {};
}

test("a bare client in a process of its own rejects calls", async () => {
  const call = simulator.createContact().placeCall(phone, { as: "lid" });
  expect(await call.waitRejected()).toMatchObject({ isAddressedRight: true });
  expect(await line("rejected")).toMatchObject({ id: call.id });
});

test("a frame that holds no stanza kills the process of an unguarded client; it can log in again", async () => {
  const exit = once(bot, "exit");
  simulator.faults.garbageFrame(phone);
  expect(await exit).toEqual([1, null]);
  start();
  await line("open");
  simulator.assertClean();
});
